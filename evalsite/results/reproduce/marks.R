# Spans that listeners marked against an explanation's weight over time; marks.py says the same in
# Python.

read_profiles <- function() {
  table <- read.csv("profiles.csv")
  lapply(split(table, table$item), function(own)
    list(edges = c(own$start, own$end[nrow(own)]), weight = own$weight))
}

count_marks <- function(rows, prompt) {
  nrow(unique(rows[rows$prompt == prompt, c("listener", "item")]))
}

count_marks_of_clip <- function(rows, prompt, item) count_marks(rows[rows$item == item, ], prompt)

mark_frames <- function(start, end, edges) {
  n <- length(edges) - 1
  covered <- rep(0, n)
  reached <- 0
  for (k in order(start, end)) {
    first <- max(start[k], reached)
    reached <- max(end[k], reached)
    inside <- pmin(edges[-1], max(end[k], first)) - pmax(edges[-(n + 1)], first)
    covered <- covered + pmax(inside, 0)
  }
  pmin(covered * n / edges[n + 1], 1)
}

shift_marks <- function(mask, weight) {
  n <- length(mask)
  sapply(seq_len(n) - 1, function(k) sum(mask[(seq_len(n) - 1 - k) %% n + 1] * weight)) /
    sum(weight)
}

overlap_of_marks <- function(rows, prompt, seed) {
  # With several clips R draws other random numbers than Python: its p values differ by chance.
  rows <- rows[rows$prompt == prompt, ]
  profiles <- read_profiles()
  set.seed(seed %% 1e9)
  answers <- NULL
  shifted <- marked <- list()
  n_nowhere <- 0
  for (own in split(rows, paste(rows$listener, rows$item))) {
    item <- as.character(own$item[1])
    listener <- own$listener[1]
    own <- own[own$is_none != "true", ]
    n_nowhere <- n_nowhere + (nrow(own) == 0)
    if (nrow(own) == 0 || is.null(profiles[[item]])) next
    profile <- profiles[[item]]
    mask <- mark_frames(as.numeric(own$start), as.numeric(own$end), profile$edges)
    share <- shift_marks(mask, profile$weight)
    answers <- rbind(answers, data.frame(listener, recording = item, value = share[1] - mean(mask),
                                         captured = share[1], chance = mean(mask)))
    add <- function(known, more) if (is.null(known)) more else known + more
    shifted[[item]] <- add(shifted[[item]], share - mean(mask))
    marked[[item]] <- add(marked[[item]], mask)
  }
  if (is.null(answers)) return(c(rep(NA, 5), n_nowhere, NA, NA))
  weights <- lapply(names(marked), function(item) profiles[[item]]$weight)
  c(mean_crossed(answers, -1, 1), mean(answers$captured), mean(answers$chance), n_nowhere,
    p_of_shifts(shifted), p_of_swaps(marked, weights))
}

overlap_of_clip <- function(rows, prompt, item) {
  overlap_of_marks(rows[rows$item == item, ], prompt, 0)
}

p_of_shifts <- function(shifted) {
  observed <- sum(sapply(shifted, function(sums) sums[1]))
  if (length(shifted) == 1) return(mean(shifted[[1]] >= observed - 1e-9))
  drawn <- Reduce(`+`, lapply(shifted, function(sums) sums[sample.int(length(sums), 9999, TRUE)]))
  (1 + sum(drawn >= observed - 1e-9)) / 10000
}

p_of_swaps <- function(marked, weights) {
  n <- length(marked)
  if (n < 4) return(NA)
  table <- t(sapply(marked, function(mask)
    sapply(weights, function(weight) sum(mask * stretch(weight, length(mask))))))
  sums <- replicate(9999, sum(table[cbind(seq_len(n), sample.int(n))]))
  (1 + sum(sums >= sum(diag(table)) - 1e-9)) / 10000
}

stretch <- function(weight, n) {
  mass <- c(0, cumsum(weight) / sum(weight))
  diff(approx(seq(0, 1, length.out = length(mass)), mass, seq(0, 1, length.out = n + 1))$y)
}
