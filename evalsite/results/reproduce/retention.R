# What kept clips still carry, listeners beside the model; retention.py says the same in Python.

read_outputs <- function() {
  outputs <- read.csv("outputs.csv", colClasses = "character", na.strings = character(0))
  outputs$item <- as.integer(outputs$item)
  for (name in c("value", "listening_gap")) outputs[[name]] <- as.numeric(outputs[[name]])
  n_clips <- rowSums(table(outputs$item, outputs$clip_file) > 0)
  outputs[n_clips[as.character(outputs$item)] == 1, ]
}

model_says <- function(rows) {
  outputs <- read_outputs()
  outputs <- outputs[outputs$item %in% rows$item & !is.na(outputs$value), ]
  if (nrow(outputs) == 0) return(outputs)
  aggregate(value ~ recording + condition + output, data = outputs, FUN = mean)
}

mean_gap <- function(rows, block, condition) {
  outputs <- read_outputs()
  is_own <- outputs$block == block & outputs$condition == condition
  gaps <- outputs$listening_gap[is_own & outputs$output == outputs$target]
  gaps <- abs(gaps[!is.na(gaps)])
  c(length(gaps), mean(gaps))
}

pearson <- function(a, b) {
  both <- is.finite(a) & is.finite(b)
  a <- a[both]
  b <- b[both]
  is_flat <- function(x) max(x) - min(x) <= 1e-9 * max(abs(x))
  if (length(a) < 3 || is_flat(a) || is_flat(b)) return(NA)
  a <- a - mean(a)
  b <- b - mean(b)
  r <- sum(a * b) / sqrt(sum(a^2) * sum(b^2))
  if (abs(r) > 1 - 1e-12) sign(r) else r
}

combine_profiles <- function(means) {
  r <- pearson(means[1, ], means[2, ])
  if (nrow(means) == 2) atanh(r) else r - pearson(means[3, ], means[4, ])
}

sum_profiles <- function(judged, names) {
  listeners <- c(setdiff(sort(unique(judged$listener)), "model"), "model")
  cells <- list(factor(judged$profile, unique(names)), factor(judged$listener, listeners),
                factor(judged$recording))
  sums <- tapply(judged$value, cells, sum)
  counts <- tapply(judged$value, cells, length)
  sums[is.na(sums)] <- 0
  counts[is.na(counts)] <- 0
  own <- match(names, unique(names))
  list(sums = sums[own, , , drop = FALSE], counts = counts[own, , , drop = FALSE])
}

correlate_profiles <- function(heard, said, names) {
  is_model <- startsWith(names, "model: ")
  said$listener <- rep("model", nrow(said))
  said$profile <- paste0(rep("model: ", nrow(said)), said$profile)
  heard <- heard[!is.na(heard$value), ]
  if (any(is_model)) heard <- heard[heard$recording %in% said$recording & !all(is_model), ]
  columns <- c("profile", "listener", "recording", "value")
  judged <- rbind(heard[columns], said[columns])
  judged <- judged[judged$profile %in% names, ]
  if (nrow(judged) == 0) return(c(NA, NA, NA))
  cells <- sum_profiles(judged, names)
  jackknife_profiles(cells$sums, cells$counts)
}

mean_profiles <- function(sums, counts, gone = integer(0)) {
  kept <- setdiff(seq_len(dim(sums)[2]), gone)
  over_listeners_of <- function(cells) apply(cells[, kept, , drop = FALSE], c(1, 3), sum)
  n <- over_listeners_of(counts)
  means <- over_listeners_of(sums) / n
  means[n == 0] <- NA
  means
}

jackknife_profiles <- function(sums, counts) {
  means <- mean_profiles(sums, counts)
  pairs <- list(c(1, 2), c(3, 4))[seq_len(nrow(means) / 2)]
  shared <- lapply(pairs, function(at) is.finite(means[at[1], ]) & is.finite(means[at[2], ]))
  figure <- combine_profiles(means)
  is_single <- length(pairs) == 1
  estimate <- if (is_single) tanh(figure) else figure
  if (min(sapply(shared, sum)) < 4 || is.na(figure)) return(c(NA, NA, NA))
  if (is_single && abs(estimate) > 1 - 1e-12) return(c(estimate, NA, NA))
  judged <- Reduce(`|`, Map(function(at, both) {
    n <- matrix(counts[at[1], , ] + counts[at[2], , ], dim(counts)[2])
    n > 0 & rep(both, each = nrow(n))
  }, pairs, shared))
  left <- leave_out_profiles(sums, counts, judged[-nrow(judged), , drop = FALSE],
                             Reduce(`|`, shared))
  spread <- spread_of_profiles(left)
  ends <- t_interval(figure, spread[1], spread[2])[2:3]
  if (is_single) ends <- tanh(ends)
  c(estimate, max(ends[1], -2), min(ends[2], 2))
}

leave_out_profiles <- function(sums, counts, judged, shared) {
  means <- mean_profiles(sums, counts)
  left <- list(c(), c(), c())
  for (j in which(rowSums(judged) > 0)) {
    less <- mean_profiles(sums, counts, j)
    left[[1]] <- c(left[[1]], combine_profiles(less))
    for (k in which(judged[j, ])) {
      changed <- means
      changed[, k] <- less[, k]
      left[[3]] <- c(left[[3]], combine_profiles(changed))
    }
  }
  for (k in which(shared))
    left[[2]] <- c(left[[2]], combine_profiles(means[, -k, drop = FALSE]))
  left
}

spread_of_profiles <- function(left) {
  n <- lengths(left)
  if (n[1] == 0) return(c(jackknife(left[[2]]), n[2] - 1))
  if (n[1] < 2) return(c(NA, 1))
  v <- crossed_variance(lapply(left, as.matrix), 1)
  c(v[1], degrees_of_freedom(n[1:2], v[2], v[3]))
}

retention_of <- function(rows, quality, ...) {
  heard <- rows[rows$quality == quality, ]
  heard$profile <- heard$condition
  said <- model_says(rows)
  said <- said[said$output == quality, ]
  said$profile <- said$condition
  correlate_profiles(heard, said, c(...))
}

match_with_model <- function(rows, quality, condition) {
  heard <- rows[rows$quality == quality & rows$condition == condition, ]
  heard$profile <- rep("heard", nrow(heard))
  said <- model_says(rows)
  said <- said[said$output == quality & said$condition == condition, ]
  said$profile <- rep("said", nrow(said))
  correlate_profiles(heard, said, c("heard", "model: said"))
}

outputs_of_clips <- function(rows, quality, ...) {
  outputs <- read_outputs()
  outputs <- outputs[outputs$output == quality, ]
  outputs$value[match(c(...), outputs$item)]
}

target_less_foils <- function(rows, reach, ...) {
  conditions <- c(...)
  rows <- rows[rows$condition %in% conditions & !is.na(rows$value) & rows$is_target != "", ]
  cells <- do.call(cbind, lapply(conditions, function(name)
    cbind(rows$condition == name & rows$is_target == "true",
          rows$condition == name & rows$is_target == "false")))
  if (min(colSums(cells)) == 0) return(c(NA, NA, NA))
  difference_crossed(rows, cells, c(1, -1, -1, 1)[seq_len(ncol(cells))], reach)
}
