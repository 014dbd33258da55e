# Paired comparisons in an analysis script; pairs.py says the same in Python.

fit_pairs <- function(rows) {
  names <- sort(unique(c(rows$condition_a, rows$condition_b)), method = "radix")
  n <- nrow(rows)
  p <- length(names)
  a <- match(rows$condition_a, names)
  b <- match(rows$condition_b, names)
  answer <- match(rows$value, c(1, 0, 0.5))
  has_ties <- any(answer == 3)
  if (n == 0) return(NULL)
  beats <- diag(p)
  beats[cbind(a, b)[answer != 2, , drop = FALSE]] <- 1
  beats[cbind(b, a)[answer != 1, , drop = FALSE]] <- 1
  reached <- beats
  for (step in seq_len(p)) reached <- (reached %*% beats > 0) * 1
  if (!all(reached > 0)) return(NULL)
  is_a <- outer(a, seq_len(p), "==") * 1
  is_b <- outer(b, seq_len(p), "==") * 1
  features <- list(cbind(is_a, 1, 0), cbind(is_b, 0, 0), cbind((is_a + is_b) / 2, 0, 1))
  features <- lapply(features, function(one) one[, 2:(p + 1 + has_ties), drop = FALSE])
  features <- features[seq_len(2 + has_ties)]
  parameters <- rep(0, p + has_ties)
  for (iteration in 1:200) {
    weight <- sapply(features, function(one) exp(one %*% parameters))
    share <- matrix(weight, nrow = n)
    share <- share / rowSums(share)
    mean <- 0
    square <- 0
    given <- 0
    for (k in seq_along(features)) {
      mean <- mean + share[, k] * features[[k]]
      square <- square + crossprod(features[[k]], share[, k] * features[[k]])
      given <- given + (answer == k) * features[[k]]
    }
    over <- given - mean
    curvature <- square - crossprod(mean)
    values <- svd(curvature)$d
    if (min(values) <= 1e-10 * max(values)) return(NULL)
    step <- solve(curvature, colSums(over))
    parameters <- parameters + step / max(1, abs(step))
    if (sum(colSums(over) * step) < 1e-18) break
  }
  inverse <- solve(curvature)
  if (any(diag(inverse)[p:length(parameters)] > 1e4)) return(NULL)
  scores <- rowsum(over, rows$listener)
  n_listeners <- nrow(scores)
  reach <- qnorm(0.975)
  if (n_listeners > 1) {
    single <- max(diag(inverse))
    inverse <- n_listeners / (n_listeners - 1) * inverse %*% crossprod(scores) %*% inverse
    # All listeners answer alike: no spread, no interval.
    if (max(diag(inverse)) < 1e-12 * single) inverse[] <- NA
    reach <- qt(0.975, n_listeners - 1)
  }
  list(names = names, parameters = c(0, parameters), covariance = rbind(0, cbind(0, inverse)),
       reach = reach)
}

combine_parameters <- function(fit, weights) {
  if (is.null(fit)) return(c(NA, NA, NA))
  weights <- c(weights, rep(0, length(fit$parameters) - length(weights)))
  estimate <- sum(weights * fit$parameters)
  reach <- fit$reach * sqrt(max(0, weights %*% fit$covariance %*% weights))
  c(estimate, estimate - reach, estimate + reach)
}

ability <- function(rows, condition) {
  fit <- fit_pairs(rows)
  combine_parameters(fit, (fit$names == condition) - 1 / length(fit$names))
}

ability_difference <- function(rows, condition, baseline) {
  fit <- fit_pairs(rows)
  combine_parameters(fit, (fit$names == condition) - (fit$names == baseline))
}

win_share <- function(rows, condition, baseline) {
  plogis(ability_difference(rows, condition, baseline))
}

position_effect <- function(rows) {
  fit <- fit_pairs(rows)
  combine_parameters(fit, c(rep(0, length(fit$names)), 1))
}

tie_effect <- function(rows) {
  fit <- if (any(rows$value == 0.5)) fit_pairs(rows)
  combine_parameters(fit, c(rep(0, length(fit$names)), 0, 1))
}

count_wins <- function(rows, ...) {
  names <- c(...)
  count <- function(first, second, outcome)
    sum(rows$condition_a == first & rows$condition_b == second & rows$value == outcome)
  pairs <- expand.grid(other = names, one = names, stringsAsFactors = FALSE)
  wins <- mapply(function(one, other) count(one, other, 1) + count(other, one, 0),
                 pairs$one, pairs$other)
  ties <- mapply(function(one, other) count(one, other, 0.5) + count(other, one, 0.5),
                 pairs$one, pairs$other)
  c(wins, ties)
}

count_preferred <- function(rows, item, ...) {
  rows <- rows[rows$item == item, ]
  preferred <- sapply(c(...), function(name) sum(rows$preferred == name))
  c(nrow(rows), preferred, sum(rows$value == 0.5))
}
