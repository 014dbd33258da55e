# Which qualities travel together, in the ear and in the model; entangled.py says the same in
# Python.

pair_of_qualities <- function(rows, ...) {
  rows$profile <- rows$quality
  said <- model_says(rows)
  said$profile <- said$output
  correlate_profiles(rows, said, c(...))
}

complete_table <- function(rows, side, names) {
  told <- if (side == "model") model_says(rows) else rows[!is.na(rows$value), ]
  column <- if (side == "model") told$output else told$quality
  cells <- list(factor(told$recording), factor(column, names))
  table <- matrix(tapply(told$value, cells, mean), ncol = length(names))
  table[complete.cases(table), , drop = FALSE]
}

count_complete <- function(rows, side, ...) nrow(complete_table(rows, side, c(...)))

variance_inflation <- function(rows, side, ...) {
  table <- complete_table(rows, side, c(...))
  c(nrow(table), diag(solve(cor(table))))
}

r_squared <- function(X, y) {
  1 - sum(lm.fit(cbind(1, X), y)$residuals^2) / sum((y - mean(y))^2)
}

target_figures <- function(rows, side, target, ...) {
  table <- complete_table(rows, side, c(..., target))
  p <- ncol(table) - 1
  c(nrow(table), r_squared(table[, seq_len(p)], table[, p + 1]))
}

lmg_share <- function(X, y, j) {
  p <- ncol(X)
  share <- 0
  for (mask in seq_len(2^(p - 1)) - 1) {
    known <- seq_len(p)[-j][bitwAnd(mask, 2^(seq_len(p - 1) - 1)) > 0]
    gain <- r_squared(X[, c(known, j)], y) - r_squared(X[, known], y)
    share <- share + gain / (p * base::choose(p - 1, length(known)))
  }
  share
}

feature_figures <- function(rows, side, name, target, ...) {
  names <- c(...)
  table <- complete_table(rows, side, c(names, target))
  p <- length(names)
  joint <- cor(table)
  R <- joint[1:p, 1:p]
  r <- joint[1:p, p + 1]
  j <- match(name, names)
  lmg <- lmg_share(table[, 1:p], table[, p + 1], j)
  found <- eigen(R, symmetric = TRUE)
  if (min(found$values) < 1e-10) return(c(r[j], NA, lmg, NA, NA))
  power <- function(to) found$vectors %*% diag(found$values^to) %*% t(found$vectors)
  johnson <- power(0.5)^2 %*% (power(-0.5) %*% r)^2
  inverse <- solve(R)
  c(r[j], sum(inverse[j, ] * r), lmg, johnson[j], inverse[j, j])
}
