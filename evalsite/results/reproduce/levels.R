# Factors between listeners: each listener has one level; levels.py says the same in Python.

of_level <- function(rows, factor, level) {
  rows[rows[[paste0("level_", factor)]] == level & !is.na(rows$value), ]
}

count_level <- function(rows, factor, level) {
  own <- of_level(rows, factor, level)
  c(n_unique(own$listener), nrow(own))
}

mean_of_level <- function(rows, factor, level, low, high) {
  mean_crossed(of_level(rows, factor, level), low, high)
}

difference_of_levels <- function(rows, factor, first, second, reach) {
  rows <- rbind(of_level(rows, factor, first), of_level(rows, factor, second))
  level <- rows[[paste0("level_", factor)]]
  cells <- cbind(level == first, level == second)
  if (min(colSums(cells)) == 0) return(c(NA, NA, NA))
  difference_crossed(rows, cells, c(1, -1), reach)
}
