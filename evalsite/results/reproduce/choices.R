# Choices with a known answer in an analysis script; choices.py says the same in Python.

mean_chance <- function(rows) if (nrow(rows)) mean(as.numeric(rows$chance)) else 0.5

accuracy <- function(rows, chance) {
  if (nrow(rows) == 0) return(rep(NA, 4))
  if (any(rows$recording == "")) rows$recording <- rows$item
  parts <- crossed_parts(rows, matrix(1, nrow(rows), 1))
  share <- as.vector(parts$means)
  n <- c(nrow(parts$left[[1]]), nrow(parts$left[[2]]))
  if (min(n) < 2) return(c(share, NA, NA, NA))
  v <- crossed_variance(parts$left, 1)
  df <- degrees_of_freedom(n, v[2], v[3])
  found <- t_interval(share, v[1], df, 0, 1)
  t <- (share - chance) / sqrt(v[1])
  c(found, if (is.na(found[2])) NA else pt(t, df, lower.tail = FALSE))
}

share_of_place <- function(rows, column, place) {
  rows$value <- (rows[[column]] == place) * 1
  accuracy(rows, 0.5)[1:3]
}

known_share <- function(rows, chance) {
  found <- accuracy(rows, chance)
  c((found[1:3] - chance) / (1 - chance), found[4])
}

d_prime <- function(rows, chance, m) {
  found <- accuracy(rows, chance)
  ends <- sapply(found[1:3], invert_share, m)
  # Surely worse than guessing, which no sensitivity explains.
  if (!is.na(ends[3]) && ends[3] == 0) ends[2:3] <- NA
  c(ends, found[4])
}

predict_share <- function(d, m) {
  if (m) {
    right <- function(z) pnorm(z + d)^(m - 1) * dnorm(z)
    return(integrate(right, -10, 10, rel.tol = 1e-12, subdivisions = 1000)$value)
  }
  first <- pnorm(d / sqrt(2))
  second <- pnorm(d / sqrt(6))
  first * second + (1 - first) * (1 - second)
}

invert_share <- function(share, m) {
  if (is.na(share) || share >= 1 - 1e-15) return(NA)
  if (share <= predict_share(0, m)) return(0)
  uniroot(function(d) predict_share(d, m) - share, c(0, 30), tol = 1e-12)$root
}

count_right <- function(rows, item) {
  value <- rows$value[rows$item == item]
  c(length(value), sum(value))
}

share_of_clip <- function(rows, item, chance) {
  counts <- count_right(rows, item)
  n <- counts[1]
  right <- counts[2]
  if (n == 0) return(rep(NA, 4))
  low <- if (right > 0) qbeta(0.025, right, n - right + 1) else 0
  high <- if (right < n) qbeta(0.975, right + 1, n - right) else 1
  c(right / n, low, high, pbinom(right - 1, n, chance, lower.tail = FALSE))
}

count_confusions <- function(rows, truth) {
  as.vector(t(tabulate_pairs(rows[[truth]], rows$choice, list_names(rows, truth))))
}

list_names <- function(rows, truth) {
  sort(unique(c(rows[[truth]], rows$choice)), method = "radix")
}

tabulate_pairs <- function(one, two, names) {
  matrix(table(factor(one, names), factor(two, names)), length(names))
}

choose_as_model <- function(rows, truth) {
  names <- list_names(rows, truth)
  outputs <- read_outputs()
  table <- tapply(outputs$value, list(outputs$item, factor(outputs$output, names)), mean)
  own <- table[match(rows$item, rownames(table)), , drop = FALSE]
  names[max.col(own, ties.method = "first")]
}

count_model <- function(rows, truth) {
  said <- choose_as_model(rows, truth)
  as.vector(t(tabulate_pairs(rows[[truth]], said, list_names(rows, truth))))
}

count_by_model <- function(rows, truth) {
  said <- choose_as_model(rows, truth)
  as.vector(t(tabulate_pairs(said, rows$choice, list_names(rows, truth))))
}

list_orders <- function(n) {
  if (n == 1) return(matrix(1))
  fewer <- list_orders(n - 1)
  do.call(rbind, lapply(seq_len(n), function(first)
    cbind(first, matrix(seq_len(n)[-first][fewer], nrow(fewer)))))
}

agreement_with_model <- function(rows, truth, seed) {
  # Of more than 7 names R draws other orders than Python: its p differs by chance.
  names <- list_names(rows, truth)
  q <- length(names)
  beside <- diag(q) == 0
  tables <- lapply(list(rows$choice, choose_as_model(rows, truth)), function(answer)
    tabulate_pairs(rows[[truth]], answer, names))
  if (q < 3 || min(sapply(tables, rowSums)) == 0) return(rep(NA, 4))
  shares <- lapply(tables, function(table) (table / rowSums(table))[beside])
  if (any(sapply(shares, function(share) max(share) == min(share)))) return(rep(NA, 4))
  unit <- lapply(shares, function(share) {
    rank <- rank(share) - (length(share) + 1) / 2
    rank / sqrt(sum(rank^2))
  })
  dealt <- matrix(0, q, q)
  dealt[beside] <- unit[[2]]
  set.seed(seed)
  orders <- if (q <= 7) list_orders(q) else t(replicate(5000, sample.int(q)))
  found <- apply(orders, 1, function(order) sum(dealt[order, order][beside] * unit[[1]]))
  observed <- sum(unit[[1]] * unit[[2]])
  n_far <- sum(found >= observed - 1e-12)
  c(observed, NA, NA, if (q <= 7) n_far / nrow(orders) else (n_far + 1) / (nrow(orders) + 1))
}

recall_of <- function(rows, truth, name) {
  own <- rows$choice[rows[[truth]] == name] == name
  if (length(own)) wilson(mean(own), length(own)) else rep(NA, 3)
}
