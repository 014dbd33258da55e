# What the analysis script of a data set is made of, in base R. Each function of a figure gives
# estimate, low and high; NA where there is none. figures.py says the same in Python.

read_ratings <- function() {
  ratings <- read.csv("ratings.csv", stringsAsFactors = FALSE, na.strings = "")
  raters <- read.csv("raters.csv", stringsAsFactors = FALSE, colClasses = c(analysed = "character"))
  ratings$analysed <- ratings$participant %in% raters$participant[raters$analysed == "true"]
  ratings <- ratings[ratings$kind == "main", ]
  keys <- function(position) paste(ratings$participant, ratings$block, position)
  ratings$previous <- ratings$condition[match(keys(ratings$position - 1), keys(ratings$position))]
  ratings
}

choose <- function(ratings, block, quality = "", column = "value", everybody = FALSE) {
  rows <- ratings[ratings$block == block & (ratings$analysed | everybody), ]
  if (quality != "") rows <- rows[rows$quality == quality, ]
  rows$value <- rows[[column]]
  if (is.character(rows$value)) rows$value <- (rows$value == "true") * 1
  rows$listener <- rows$participant
  rows
}

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

difference_crossed <- function(rows, cells, weights, reach) {
  parts <- crossed_parts(rows, cells)
  estimate <- sum(parts$means * weights)
  n <- c(nrow(parts$left[[1]]), nrow(parts$left[[2]]))
  if (min(n) < 2) return(c(estimate, NA, NA))
  v <- crossed_variance(parts$left, weights)
  df <- min(n) - 1
  if (!is.na(v[2] + v[3]) && v[2] + v[3] > 0)
    df <- max(df, (v[2] + v[3])^2 / (v[2]^2 / (n[1] - 1) + v[3]^2 / (n[2] - 1)))
  t_interval(estimate, v[1], df, -reach, reach)
}

contrast <- function(rows, condition, baseline, reach) {
  rows <- rows[rows$condition %in% c(condition, baseline) & !is.na(rows$value), ]
  cells <- cbind(rows$condition == condition, rows$condition == baseline)
  if (min(colSums(cells)) == 0) return(c(NA, NA, NA))
  difference_crossed(rows, cells, c(1, -1), reach)
}

group_difference <- function(rows, first, second, condition, baseline) {
  is_in <- rows$group %in% c(first, second) & rows$condition %in% c(condition, baseline)
  rows <- rows[is_in & !is.na(rows$value), ]
  cells <- cbind(
    rows$group == first & rows$condition == condition,
    rows$group == first & rows$condition == baseline,
    rows$group == second & rows$condition == condition,
    rows$group == second & rows$condition == baseline
  )
  if (min(colSums(cells)) == 0) return(c(NA, NA, NA))
  difference_crossed(rows, cells, c(1, -1, -1, 1), Inf)
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
  z <- qnorm(0.975)
  centre <- (share + z^2 / (2 * effective)) / (1 + z^2 / effective)
  spread <- share * (1 - share) / effective + z^2 / (4 * effective^2)
  reach <- z * sqrt(spread) / (1 + z^2 / effective)
  c(share, max(0, centre - reach), min(1, centre + reach))
}

alpha_of <- function(value, item) {
  paired <- ave(value, item, FUN = length) > 1
  rank <- rank(value[paired])
  n <- length(rank)
  if (n < 2 || max(rank) == min(rank)) return(NA)
  rank <- rank - mean(rank)
  item <- item[paired]
  m <- tapply(rank, item, length)
  within <- sum((m * tapply(rank^2, item, sum) - tapply(rank, item, sum)^2) / (m - 1))
  1 - (n - 1) * within / (n * sum(rank^2))
}

alpha <- function(rows) {
  rows <- rows[!is.na(rows$value), ]
  if (nrow(rows) == 0) return(c(NA, NA, NA))
  estimate <- alpha_of(rows$value, rows$item)
  if (is.na(estimate)) return(c(NA, NA, NA))
  paired <- ave(rows$value, rows$item, FUN = length) > 1
  n <- c(length(unique(rows$item[paired])), length(unique(rows$listener[paired])))
  if (n[1] < 2 || n[2] < 3) return(c(estimate, NA, NA))
  variance <- 0
  for (unit in list(number(rows$item), number(rows$listener)))
    variance <- variance + jackknife(sapply(seq_len(max(unit)), function(k)
      alpha_of(rows$value[unit != k], rows$item[unit != k])))
  t_interval(estimate, variance, min(n) - 1, -Inf, 1)
}

mean_of_clip <- function(rows, item, low, high) {
  value <- rows$value[rows$item == item & !is.na(rows$value)]
  n <- length(value)
  if (n < 2) return(c(if (n) value else NA, NA, NA))
  t_interval(mean(value), var(value) / n, n - 1, low, high)
}

slope <- function(rows, x) {
  told <- !is.na(rows$value) & !is.na(x)
  rows <- rows[told, ]
  x <- x[told]
  n <- nrow(rows)
  if (n == 0) return(c(NA, NA, NA))
  listener <- number(rows$listener)
  item <- number(paste(rows$item, rows$condition))
  inner <- x - mean(x)
  rest <- rows$value - mean(rows$value)
  for (sweep in 1:500) for (unit in list(listener, item)) {
    inner <- inner - ave(inner, unit)
    rest <- rest - ave(rest, unit)
  }
  size <- sum(inner^2)
  if (size <= 1e-9 * sum((x - mean(x))^2)) return(c(NA, NA, NA))
  estimate <- sum(inner * rest) / size
  n_listeners <- max(listener)
  if (n_listeners < 2) return(c(estimate, NA, NA))
  scores <- rowsum(inner * (rest - estimate * inner), listener)
  correction <- n_listeners / (n_listeners - 1) * (n - 1) / max(n - max(item), 1)
  variance <- correction * sum(scores^2) / size^2
  if (variance <= 1e-18 * sum((rows$value - mean(rows$value))^2) / size) variance <- NA
  t_interval(estimate, variance, n_listeners - 1)
}

drift <- function(rows) {
  told <- rows$position[!is.na(rows$value)]
  span <- if (length(told)) max(told) - min(told) else 0
  span * slope(rows, rows$position)
}

carry_over <- function(rows, condition, baseline) {
  rows <- rows[rows$previous %in% c(condition, baseline), ]
  slope(rows, (rows$previous == condition) * 1)
}

repeat_pairs <- function(rows) {
  names <- c("listener", "item", "condition", "value")
  pairs <- merge(rows[rows$occasion == 1, names], rows[rows$occasion == 2, names],
                 by = names[1:3], suffixes = c("_1", "_2"))
  pairs[!is.na(pairs$value_1) & !is.na(pairs$value_2), ]
}

over_listeners <- function(pairs, figure, low, high) {
  estimate <- if (nrow(pairs)) figure(pairs) else NA
  names <- unique(pairs$listener)
  if (!is.finite(estimate) || length(names) < 2) return(c(estimate, NA, NA))
  left <- sapply(names, function(name) figure(pairs[pairs$listener != name, ]))
  t_interval(estimate, jackknife(left), length(names) - 1, low, high)
}

repeats_same <- function(rows) {
  over_listeners(repeat_pairs(rows), function(p) mean(p$value_1 == p$value_2), 0, 1)
}

repeats_difference <- function(rows) {
  over_listeners(repeat_pairs(rows), function(p) mean(abs(p$value_1 - p$value_2)), 0, Inf)
}

fisher_correlation <- function(pairs) {
  one <- pairs$value_1
  two <- pairs$value_2
  if (length(one) < 3 || max(one) == min(one) || max(two) == min(two)) return(NA)
  r <- cor(one, two)
  if (1 - abs(r) < 1e-12) sign(r) * Inf else atanh(r)
}

repeats_correlation <- function(rows) {
  tanh(over_listeners(repeat_pairs(rows), fisher_correlation, -Inf, Inf))
}
