# How much of the ratings' variance clips make, and how alike listeners rank; reliability.py says the
# same in Python, and what it is from. Units are left out one by one: of more than 100, which Python
# leaves out in groups, there are no intervals here.

tabulate_ratings <- function(rows, units) {
  rows <- rows[!is.na(rows$value), ]
  unname(tapply(rows$value, list(rows$listener, do.call(paste, unname(rows[units]))), mean))
}

keep_rated <- function(matrix) {
  is_rated <- !is.na(matrix)
  matrix[rowSums(is_rated) > 0, colSums(is_rated) > 0, drop = FALSE]
}

icc_a1 <- function(matrix, near = NULL) {
  k <- nrow(matrix)
  n <- ncol(matrix)
  is_rated <- !is.na(matrix)
  if (n < 2 || max(colSums(is_rated)) < 2) return(NA)
  if (max(matrix, na.rm = TRUE) == min(matrix, na.rm = TRUE)) return(NA)
  if (!all(is_rated)) {
    ratios <- fit_table(sum_table(matrix), near)
    return(ratios[2] / (1 + sum(ratios)))
  }
  x <- matrix - mean(matrix)
  parts <- c(k * sum(colMeans(x)^2), n * sum(rowMeans(x)^2))
  parts <- c(parts, sum(x^2) - sum(parts))
  parts[parts <= 1e-13 * sum(x^2)] <- 0
  parts <- parts / c(n - 1, k - 1, (n - 1) * (k - 1))
  below <- parts[1] + (k - 1) * parts[3] + k / n * (parts[2] - parts[3])
  if (isTRUE(below > 0)) (parts[1] - parts[3]) / below else NA
}

interval_of_icc <- function(matrix) {
  estimate <- if (length(matrix)) icc_a1(matrix) else NA
  if (is.na(estimate)) return(c(NA, NA, NA))
  if (!anyNA(matrix)) return(leave_out_of_table(matrix, estimate, icc_a1, -Inf))
  sums <- sum_table(matrix)
  if (estimate == 0) {
    high <- bound_share(sums)
    return(c(estimate, high * 0, high))
  }
  ratios <- fit_table(sums)
  near <- list(ratios = ratios, curvature = find_curvature(sums, ratios))
  leave_out_of_table(matrix, estimate, function(left) icc_a1(keep_rated(left), near), 0)
}

leave_out_of_table <- function(matrix, estimate, measure, low) {
  n <- dim(matrix)
  if (n[2] < 2 || n[1] < 3) return(c(estimate, NA, NA))
  by_listener <- sapply(seq_len(n[1]), function(g) measure(matrix[-g, , drop = FALSE]))
  by_item <- sapply(seq_len(n[2]), function(g) measure(matrix[, -g, drop = FALSE]))
  t_interval(estimate, jackknife(by_item) + jackknife(by_listener), min(n) - 1, low, 1)
}

reliability <- function(rows, ...) {
  matrix <- tabulate_ratings(rows, c(...))
  single <- interval_of_icc(matrix)
  c(single, step_up(matrix, single), need_listeners(single))
}

reliability_alone <- function(rows, ...) {
  matrix <- tabulate_ratings(rows, c(...))
  single <- icc_a1(matrix)
  c(single, step_up(matrix, single), need_listeners(rep(single, 3))[1])
}

step_up <- function(matrix, single) {
  k <- if (length(matrix)) 1 / mean(1 / colSums(!is.na(matrix))) else 1
  room <- 1 + (k - 1) * single
  means <- ifelse(room > 1e-12, k * single / room, NA)
  if (is.na(means[1])) rep(NA, length(means)) else means
}

need_listeners <- function(single) {
  rho <- single[c(1, 3, 2)]
  ifelse(rho > 0, pmax(1, ceiling(4 * (1 - rho) / rho - 1e-9)), NA)
}

concord <- function(ranked) {
  m <- nrow(ranked)
  n <- ncol(ranked)
  if (m < 2 || n < 2) return(NA)
  ranks <- t(apply(ranked, 1, rank)) - (n + 1) / 2
  room <- m * sum(ranks^2)
  if (room > 0) sum(colSums(ranks)^2) / room else NA
}

kendall_w_alone <- function(rows, ...) {
  matrix <- tabulate_ratings(rows, c(...))
  concord(matrix[, colSums(is.na(matrix)) == 0, drop = FALSE])
}

kendall_w <- function(rows, ...) {
  matrix <- tabulate_ratings(rows, c(...))
  matrix <- matrix[, colSums(is.na(matrix)) == 0, drop = FALSE]
  estimate <- concord(matrix)
  if (is.na(estimate)) return(c(NA, NA, NA))
  leave_out_of_table(matrix, estimate, concord, 0)
}
