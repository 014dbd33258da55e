# Do two groups of listeners differ? p values of dealing their groups anew; splits.py says the same
# in Python. Where not all ways are tried, R draws others than Python: its p differs by chance.

all_splits <- function(n, n_first) {
  chosen <- combn(n, n_first)
  splits <- matrix(FALSE, ncol(chosen), n)
  splits[cbind(as.vector(col(chosen)), as.vector(chosen))] <- TRUE
  splits
}

some_splits <- function(n, n_first, seed, n_drawn) {
  set.seed(seed %% 1e9)
  t(replicate(n_drawn, sample.int(n) <= n_first))
}

p_of_splits <- function(found, observed, is_exact) {
  found <- found[!is.na(found)]
  n_far <- sum(abs(found) >= abs(observed) - 1e-12)
  if (is_exact) n_far / length(found) else (n_far + 1) / (length(found) + 1)
}

p_holm <- function(rows, place, ...) {
  p <- sapply(c(...), function(name) tail(as.numeric(reported[[name]]), 1))
  p.adjust(p, "holm")[[place]]
}

group_difference <- function(rows, first, second, condition, baseline, seed) {
  is_in <- rows$group %in% c(first, second) & rows$condition %in% c(condition, baseline)
  rows <- rows[is_in & !is.na(rows$value), ]
  cells <- cbind(
    rows$group == first & rows$condition == condition,
    rows$group == first & rows$condition == baseline,
    rows$group == second & rows$condition == condition,
    rows$group == second & rows$condition == baseline
  )
  if (min(colSums(cells)) == 0) return(rep(NA, 4))
  found <- difference_crossed(rows, cells, c(1, -1, -1, 1), Inf)
  c(found, p_of_effects(rows, first, condition, found[1], seed))
}

p_of_effects <- function(rows, first, condition, observed, seed) {
  listener <- number(rows$listener)
  n <- max(listener)
  is_condition <- rows$condition == condition
  sums <- rowsum(cbind(rows$value * is_condition, rows$value * !is_condition), listener)
  counts <- rowsum(cbind(is_condition * 1, !is_condition), listener)
  n_first <- n_unique(rows$listener[rows$group == first])
  n_splits <- base::choose(n, n_first)
  is_exact <- n_splits <= 10000 && n_splits * n <= 1e6
  splits <- if (is_exact) all_splits(n, n_first) else some_splits(n, n_first, seed, 1999)
  one <- (splits %*% sums) / (splits %*% counts)
  two <- ((1 - splits) %*% sums) / ((1 - splits) %*% counts)
  p_of_splits(as.vector((one - two) %*% c(1, -1)), observed, is_exact)
}

agreement_difference <- function(rows, first, second, seed) {
  parts <- lapply(c(first, second), function(group) rows[rows$group == group, ])
  if (min(sapply(parts, nrow)) == 0) return(rep(NA, 4))
  items <- sort(unique(rows$item))
  groups <- lapply(parts, function(part)
    list(part$value, match(part$item, items),
         match(part$listener, sort(unique(part$listener), method = "radix"))))
  n <- sapply(groups, function(group) max(group[[3]]))
  all_of <- function(group) alpha_of_told(group[[1]], group[[2]])
  estimate <- all_of(groups[[1]]) - all_of(groups[[2]])
  if (is.na(estimate)) return(rep(NA, 4))
  left <- list(sapply(seq_len(min(100, length(items))), function(k)
    all_of(keep_rest(groups[[1]], 2, k)) - all_of(keep_rest(groups[[2]], 2, k))))
  for (g in 1:2)
    left[[g + 1]] <- sapply(seq_len(min(100, n[g])), function(k)
      all_of(keep_rest(groups[[g]], 3, k)))
  variances <- sapply(left, jackknife)
  variance <- if (min(n) < 3) NA else sum(variances)
  df <- variance^2 / sum(variances^2 / (lengths(left) - 1))
  n_drawn <- if (nrow(rows) <= 10000) 1999 else 199
  c(t_interval(estimate, variance, df), p_of_agreement(groups, n, estimate, seed, n_drawn))
}

keep_rest <- function(group, unit, k) {
  kept <- group[[unit]] %% 100 != k %% 100
  list(group[[1]][kept], group[[2]][kept])
}

alpha_of_told <- function(value, item) alpha_of(value[!is.na(value)], item[!is.na(value)])

p_of_agreement <- function(groups, n, observed, seed, n_drawn) {
  value <- c(groups[[1]][[1]], groups[[2]][[1]])
  item <- c(groups[[1]][[2]], groups[[2]][[2]])
  listener <- c(groups[[1]][[3]], groups[[2]][[3]] + n[1])
  is_exact <- base::choose(sum(n), n[1]) <= 10000
  splits <- if (is_exact) all_splits(sum(n), n[1]) else some_splits(sum(n), n[1], seed, n_drawn)
  found <- apply(splits, 1, function(split) {
    own <- split[listener]
    alpha_of_told(value[own], item[own]) - alpha_of_told(value[!own], item[!own])
  })
  p_of_splits(found, observed, is_exact)
}
