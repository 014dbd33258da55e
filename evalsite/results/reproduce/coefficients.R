# Agreement by several coefficients; coefficients.py says the same in Python, and what they are from.

count_by_item <- function(code, item, n_codes) {
  n_items <- max(item, 0)
  counts <- matrix(tabulate((code - 1) * n_items + item, n_items * n_codes), n_items, n_codes)
  counts[rowSums(counts) > 0, , drop = FALSE]
}

nominal_alpha <- function(rows, column) {
  measure <- function(code, item) {
    counts <- count_by_item(code, item, max(codes))
    counts <- counts[rowSums(counts) > 1, , drop = FALSE]
    m <- rowSums(counts)
    apart <- sum(m)^2 - sum(colSums(counts)^2)
    if (apart == 0) return(NA)
    1 - (sum(m) - 1) * sum((m^2 - rowSums(counts^2)) / (m - 1)) / apart
  }
  codes <- number(rows[[column]])
  leave_out_both(rows, codes, measure, -Inf, 1)
}

percent_agreement <- function(rows, column) {
  measure <- function(code, item) {
    counts <- count_by_item(code, item, max(codes))
    counts <- counts[rowSums(counts) > 1, , drop = FALSE]
    m <- rowSums(counts)
    if (length(m)) mean(rowSums(counts * (counts - 1)) / (m * (m - 1))) else NA
  }
  rows <- rows[!is.na(rows[[column]]), ]
  codes <- number(rows[[column]])
  leave_out_both(rows, codes, measure, 0, 1)
}

correct_for_chance <- function(rows, code, weights, expect) {
  measure <- function(code, item) {
    counts <- count_by_item(code, item, nrow(weights))
    m <- rowSums(counts)
    shares <- if (length(m)) colMeans(counts / m) else 1
    if (max(shares) > 1 - 1e-12 || !any(m > 1)) return(NA)
    agreeing <- rowSums(counts * (counts %*% weights - 1))
    observed <- mean((agreeing / (m * (m - 1)))[m > 1])
    chance <- expect(shares)
    if (chance < 1 - 1e-12) (observed - chance) / (1 - chance) else NA
  }
  leave_out_both(rows, code, measure, -Inf, 1, is_paired = FALSE)
}

fleiss_kappa <- function(rows, column) {
  code <- number(rows[[column]])
  correct_for_chance(rows, code, diag(n_unique(code)), function(shares) sum(shares^2))
}

gwet <- function(rows, code, weights) {
  q <- nrow(weights)
  scale <- if (q > 1) sum(weights) / (q * (q - 1)) else NA
  correct_for_chance(rows, code, weights, function(shares) scale * sum(shares * (1 - shares)))
}

gwet_ac1 <- function(rows, column) {
  code <- number(rows[[column]])
  gwet(rows, code, diag(n_unique(code)))
}

gwet_ac2 <- function(rows, low, high) {
  rows <- rows[!is.na(rows$value), ]
  points <- low:high
  gwet(rows, rows$value - low + 1, 1 - (outer(points, points, "-") / (high - low))^2)
}
