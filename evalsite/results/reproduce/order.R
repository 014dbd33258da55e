# Order and repeats in an analysis script; order.py says the same in Python.

slope <- function(rows, x) {
  told <- !is.na(rows$value) & !is.na(x)
  rows <- rows[told, ]
  x <- x[told]
  n <- nrow(rows)
  if (n == 0) return(c(NA, NA, NA))
  listener <- number(rows$listener)
  item <- number(paste(rows$item, rows$condition))
  inner <- x - mean(x)
  rest <- rows$value - mean(rows$value)
  for (sweep in 1:500) for (unit in list(listener, item)) {
    inner <- inner - ave(inner, unit)
    rest <- rest - ave(rest, unit)
  }
  size <- sum(inner^2)
  if (size <= 1e-9 * sum((x - mean(x))^2)) return(c(NA, NA, NA))
  estimate <- sum(inner * rest) / size
  n_listeners <- max(listener)
  if (n_listeners < 2) return(c(estimate, NA, NA))
  scores <- rowsum(inner * (rest - estimate * inner), listener)
  correction <- n_listeners / (n_listeners - 1) * (n - 1) / max(n - max(item), 1)
  variance <- correction * sum(scores^2) / size^2
  if (variance <= 1e-18 * sum((rows$value - mean(rows$value))^2) / size) variance <- NA
  t_interval(estimate, variance, n_listeners - 1)
}

drift <- function(rows) {
  told <- rows$position[!is.na(rows$value)]
  span <- if (length(told)) max(told) - min(told) else 0
  span * slope(rows, rows$position)
}

carry_over <- function(rows, condition, baseline) {
  rows <- rows[rows$previous %in% c(condition, baseline), ]
  slope(rows, (rows$previous == condition) * 1)
}

repeat_pairs <- function(rows) {
  names <- c("listener", "item", "condition", "value")
  pairs <- merge(rows[rows$occasion == 1, names], rows[rows$occasion == 2, names],
                 by = names[1:3], suffixes = c("_1", "_2"))
  pairs[!is.na(pairs$value_1) & !is.na(pairs$value_2), ]
}

over_listeners <- function(pairs, figure, low, high) {
  estimate <- if (nrow(pairs)) figure(pairs) else NA
  names <- unique(pairs$listener)
  if (!is.finite(estimate) || length(names) < 2) return(c(estimate, NA, NA))
  left <- sapply(names, function(name) figure(pairs[pairs$listener != name, ]))
  t_interval(estimate, jackknife(left), length(names) - 1, low, high)
}

repeats_same <- function(rows) {
  over_listeners(repeat_pairs(rows), function(p) mean(p$value_1 == p$value_2), 0, 1)
}

repeats_same_choice <- function(rows, column) {
  rows$value <- number(rows[[column]])
  rows$condition <- ""
  repeats_same(rows)
}

repeats_difference <- function(rows) {
  over_listeners(repeat_pairs(rows), function(p) mean(abs(p$value_1 - p$value_2)), 0, Inf)
}

fisher_correlation <- function(pairs) {
  one <- pairs$value_1
  two <- pairs$value_2
  if (length(one) < 3 || max(one) == min(one) || max(two) == min(two)) return(NA)
  r <- cor(one, two)
  if (1 - abs(r) < 1e-12) sign(r) * Inf else atanh(r)
}

repeats_correlation <- function(rows) {
  tanh(over_listeners(repeat_pairs(rows), fisher_correlation, -Inf, Inf))
}
