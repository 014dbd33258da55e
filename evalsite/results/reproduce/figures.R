# What the analysis script of a data set is made of, in base R. Each function of a figure gives
# estimate, low and high; NA where there is none. figures.py says the same in Python.

read_ratings <- function() {
  read <- function(file)
    read.csv(file, colClasses = "character", na.strings = character(0), check.names = FALSE)
  ratings <- read("ratings.csv")
  raters <- read("raters.csv")
  ratings$analysed <- ratings$participant %in% raters$participant[raters$analysed == "true"]
  ratings <- ratings[ratings$kind == "main", ]
  for (name in c("position", "occasion", "item")) ratings[[name]] <- as.integer(ratings[[name]])
  key <- function(rows, position) paste(rows$participant, rows$block, position)
  trials <- ratings[ratings$signal == "", ]
  at <- match(key(ratings, ratings$position - 1), key(trials, trials$position))
  ratings$previous <- trials$condition[at]
  ratings
}

choose <- function(ratings, block = "", quality = "", column = "", everybody = FALSE,
                   planned = NULL) {
  rows <- ratings[ratings$analysed | everybody, ]
  if (block != "") rows <- rows[rows$block == block, ]
  if (quality != "") rows <- rows[rows$quality == quality, ]
  if (length(planned))
    rows$condition <- rep(names(planned), lengths(planned))[match(rows$item, unlist(planned))]
  rows$listener <- rows$participant
  if (column != "") {
    value <- rows[[column]]
    value[value %in% c("", "true", "false")] <-
      c(NA, "1", "0")[match(value[value %in% c("", "true", "false")], c("", "true", "false"))]
    rows$value <- suppressWarnings(as.numeric(value))
  }
  rows
}

n_unique <- function(values) length(unique(values))

count_judgments <- function(rows) {
  c(nrow(rows), nrow(unique(rows[c("listener", "position")])), n_unique(rows$listener),
    n_unique(rows$item), n_unique(rows$recording))
}

count_answers <- function(rows) nrow(rows)

count_listeners <- function(rows) n_unique(rows$listener)

count_cells <- function(rows, recording, ...) {
  heard <- unique(rows[rows$recording == recording, c("listener", "position", "condition")])
  sapply(c(...), function(name) sum(heard$condition == name))
}

count_told <- function(rows) sum(!is.na(rows$value))

count_points <- function(value, low, high) {
  sapply(low:high, function(point) sum(value == point, na.rm = TRUE))
}

count_values <- function(rows, low, high) {
  c(nrow(rows), n_unique(rows$listener), n_unique(rows$recording),
    count_points(rows$value, low, high))
}

count_values_of_clip <- function(rows, item, low, high) {
  value <- rows$value[rows$item == item]
  c(length(value), sum(is.na(value)), count_points(value, low, high))
}

quartiles <- function(rows) {
  value <- rows$value[!is.na(rows$value)]
  parts <- if (length(value)) quantile(value, c(0.25, 0.5, 0.75), names = FALSE) else rep(NA, 3)
  c(length(value), parts)
}

quartiles_of_clip <- function(rows, item) quartiles(rows[rows$item == item, ])

number <- function(names) match(names, unique(names))

t_interval <- function(estimate, variance, df, low = -Inf, high = Inf) {
  if (is.na(variance) || variance < 1e-24) return(c(estimate, NA, NA))
  reach <- qt(0.975, df) * sqrt(variance)
  c(estimate, max(low, estimate - reach), min(high, estimate + reach))
}

jackknife <- function(replicates) {
  k <- length(replicates)
  if (k > 1) (k - 1) / k * sum((replicates - mean(replicates))^2) else NA
}

crossed_parts <- function(rows, cells) {
  cells <- as.matrix(cells) * 1
  value <- rows$value
  units <- list(rows$listener, rows$recording, paste(rows$listener, rows$recording))
  total <- colSums(value * cells)
  count <- colSums(cells)
  left <- lapply(units, function(unit) {
    unit <- factor(number(unit))
    (rep(total, each = nlevels(unit)) - rowsum(value * cells, unit)) /
      (rep(count, each = nlevels(unit)) - rowsum(cells, unit))
  })
  list(means = total / count, left = left)
}

crossed_variance <- function(left, weights) {
  parts <- sapply(left, function(part) jackknife(as.vector(part %*% weights)))
  both <- parts[1] + parts[2] - parts[3]
  c(if (is.na(both)) NA else max(parts[1], parts[2], both), parts[1], parts[2])
}

mean_crossed <- function(rows, low, high) {
  rows <- rows[!is.na(rows$value), ]
  if (nrow(rows) == 0) return(c(NA, NA, NA))
  parts <- crossed_parts(rows, matrix(1, nrow(rows), 1))
  df <- min(nrow(parts$left[[1]]), nrow(parts$left[[2]])) - 1
  if (df < 1) return(c(parts$means, NA, NA))
  t_interval(parts$means, crossed_variance(parts$left, 1)[1], df, low, high)
}

degrees_of_freedom <- function(n, listener, recording) {
  df <- min(n) - 1
  both <- listener + recording
  if (is.na(both) || both <= 0) return(df)
  max(df, both^2 / (listener^2 / (n[1] - 1) + recording^2 / (n[2] - 1)))
}

difference_crossed <- function(rows, cells, weights, reach) {
  parts <- crossed_parts(rows, cells)
  estimate <- sum(parts$means * weights)
  n <- c(nrow(parts$left[[1]]), nrow(parts$left[[2]]))
  if (min(n) < 2) return(c(estimate, NA, NA))
  v <- crossed_variance(parts$left, weights)
  t_interval(estimate, v[1], degrees_of_freedom(n, v[2], v[3]), -reach, reach)
}

contrast <- function(rows, condition, baseline, reach) {
  rows <- rows[rows$condition %in% c(condition, baseline) & !is.na(rows$value), ]
  cells <- cbind(rows$condition == condition, rows$condition == baseline)
  if (min(colSums(cells)) == 0) return(c(NA, NA, NA))
  difference_crossed(rows, cells, c(1, -1), reach)
}

wilson <- function(share, n) {
  z <- qnorm(0.975)
  centre <- (share + z^2 / (2 * n)) / (1 + z^2 / n)
  reach <- z * sqrt(share * (1 - share) / n + z^2 / (4 * n^2)) / (1 + z^2 / n)
  c(share, max(0, centre - reach), min(1, centre + reach))
}

share_missing <- function(rows) {
  n <- nrow(rows)
  if (n == 0) return(c(NA, NA, NA))
  rows$value <- is.na(rows$value) * 1
  parts <- crossed_parts(rows, matrix(1, n, 1))
  share <- as.vector(parts$means)
  effective <- nrow(parts$left[[1]])
  if (min(effective, nrow(parts$left[[2]])) < 2) return(c(share, NA, NA))
  if (share > 0 && share < 1) {
    variance <- crossed_variance(parts$left, 1)[1]
    effective <- if (variance > 0) min(n, share * (1 - share) / variance) else n
  }
  wilson(share, effective)
}

alpha_of <- function(value, item) {
  item <- number(item)
  paired <- tabulate(item)[item] > 1
  rank <- rank(value[paired])
  n <- length(rank)
  if (n < 2 || max(rank) == min(rank)) return(NA)
  rank <- rank - mean(rank)
  sums <- rowsum(cbind(1, rank, rank^2), item[paired])
  within <- sum((sums[, 1] * sums[, 3] - sums[, 2]^2) / (sums[, 1] - 1))
  1 - (n - 1) * within / (n * sum(rank^2))
}

alpha <- function(rows) {
  rows <- rows[!is.na(rows$value), ]
  leave_out_both(rows, rows$value, alpha_of, -Inf, 1)
}

leave_out_both <- function(rows, value, measure, low, high, is_paired = TRUE) {
  if (nrow(rows) == 0) return(c(NA, NA, NA))
  item <- number(rows$item)
  listener <- number(rows$listener)
  estimate <- measure(value, item)
  if (is.na(estimate)) return(c(NA, NA, NA))
  counts <- tabulate(item)[item] > 1 | !is_paired
  n <- c(n_unique(item[counts]), n_unique(listener[counts]))
  if (n[1] < 2 || n[2] < 3) return(c(estimate, NA, NA))
  variance <- 0
  for (unit in list(item, listener))
    variance <- variance + jackknife(sapply(seq_len(max(unit)), function(k)
      measure(value[unit != k], item[unit != k])))
  t_interval(estimate, variance, min(n) - 1, low, high)
}

spread_of_clips <- function(rows) {
  sd(tapply(rows$value, rows$item, mean, na.rm = TRUE), na.rm = TRUE)
}

mean_of_clip <- function(rows, item, low, high) {
  value <- rows$value[rows$item == item & !is.na(rows$value)]
  n <- length(value)
  if (n < 2) return(c(if (n) value else NA, NA, NA))
  t_interval(mean(value), var(value) / n, n - 1, low, high)
}
