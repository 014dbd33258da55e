# What qualities do to a target and what they tell of it; effects.py says the same in Python.

list_subsets <- function(values) {
  lapply(seq_len(2^length(values)) - 1, function(mask)
    values[bitwAnd(mask, 2^(seq_along(values) - 1)) > 0])
}

find_twins <- function(X) {
  is_linked <- abs(cor(X)) > 0.7
  reach <- is_linked
  for (step in seq_len(ncol(X))) reach <- reach %*% is_linked > 0
  unique(lapply(seq_len(ncol(X)), function(j) unname(which(reach[j, ]))))
}

share_told <- function(told, groups, j) {
  # told: what each set of qualities tells, by their sorted numbers.
  is_own <- sapply(groups, function(group) j %in% group)
  others <- groups[!is_own]
  twins <- setdiff(groups[[which(is_own)]], j)
  share <- 0
  for (whole in list_subsets(others)) for (part in list_subsets(twins)) {
    before <- c(unlist(whole), part)
    added <- told[[name_subset(c(before, j))]] - told[[name_subset(before)]]
    n_orders <- length(groups) * base::choose(length(others), length(whole))
    share <- share + added /
      (n_orders * (length(twins) + 1) * base::choose(length(twins), length(part)))
  }
  share
}

name_subset <- function(known) paste(c("of", sort(known)), collapse = " ")

owen_shares <- function(rows, side, target, ...) {
  table <- complete_table(rows, side, c(..., target))
  p <- ncol(table) - 1
  X <- table[, 1:p]
  subsets <- list_subsets(seq_len(p))
  told <- lapply(subsets, function(known) r_squared(X[, known, drop = FALSE], table[, p + 1]))
  names(told) <- sapply(subsets, name_subset)
  twins <- find_twins(X)
  shares <- sapply(seq_len(p), function(j) share_told(told, twins, j))
  c(shares, sapply(twins, function(group) sum(shares[group])))
}

read_head <- function(rows, target, names) {
  read <- function(file) read.csv(file, colClasses = "character", na.strings = character(0))
  items <- read("items.csv")
  heads <- read("heads.csv")
  digests <- items$weights_digest[items$block %in% rows$block]
  heads <- heads[heads$emotion == target & heads$weights_digest %in% digests, ]
  as.numeric(heads$weight[match(names, heads$feature)])
}

effects_of_qualities <- function(rows, side, weights, target, ...) {
  names <- c(...)
  p <- length(names)
  table <- complete_table(rows, side, c(names, target))
  X <- scale(table[, 1:p], scale = FALSE)
  if (weights == "own") {
    w <- read_head(rows, target, names)
  } else {
    if (min(eigen(cor(X), symmetric = TRUE)$values) < 1e-10) return(rep(NA, 3 * p))
    w <- lm.fit(cbind(1, X), table[, p + 1])$coefficients[-1]
  }
  told <- tell_of_output(X, w)
  unlist(lapply(seq_len(p), function(j)
    c(w[j], mean(abs(X[, j] * w[j])), mean(abs(share_told(told, as.list(seq_len(p)), j))))))
}

tell_of_output <- function(X, w) {
  sd <- sqrt(colMeans(X^2))
  Z <- sweep(X, 2, sd, "/")
  C <- crossprod(Z) / nrow(Z)
  subsets <- list_subsets(seq_along(w))
  told <- lapply(subsets, function(known) {
    if (length(known) == 0) return(rep(0, nrow(Z)))
    inverse <- pseudo_inverse(C[known, known, drop = FALSE])
    as.vector(Z[, known, drop = FALSE] %*% inverse %*% C[known, , drop = FALSE] %*% (w * sd))
  })
  names(told) <- sapply(subsets, name_subset)
  told
}

pseudo_inverse <- function(M) {
  found <- eigen(M, symmetric = TRUE)
  is_told <- abs(found$values) > 1e-10 * max(abs(found$values))
  V <- found$vectors[, is_told, drop = FALSE]
  V %*% (t(V) / found$values[is_told])
}
