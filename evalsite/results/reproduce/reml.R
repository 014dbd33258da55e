# Variances of listeners, items and the rest where ratings are missing; reml.py says the same in
# Python.

sum_table <- function(matrix) {
  is_turned <- nrow(matrix) > ncol(matrix)
  if (is_turned) matrix <- t(matrix)
  N <- !is.na(matrix) * 1
  y <- matrix - mean(matrix, na.rm = TRUE)
  y <- y / sqrt(mean(y^2, na.rm = TRUE))
  y[is.na(y)] <- 0
  list(N = N, few = cbind(rowSums(N), rowSums(y)), many = cbind(colSums(N), colSums(y)),
       total = matrix(c(sum(N), sum(y), sum(y), sum(y^2)), 2), is_turned = is_turned)
}

explains_all <- function(sums) {
  N <- sums$N
  y <- c(sums$few[, 2], sums$many[, 2])
  ZZ <- rbind(cbind(diag(rowSums(N)), N), cbind(t(N), diag(colSums(N))))
  sums$total[2, 2] - sum(y * pseudo_inverse(ZZ) %*% y) < 1e-9
}

measure_table <- function(sums, ratios) {
  if (sums$is_turned) ratios <- rev(ratios)
  few <- ratios[1]
  many <- ratios[2]
  lost <- many / (1 + many * sums$many[, 1])
  N <- sums$N
  S <- diag(nrow(N)) + few * (diag(sums$few[, 1]) - tcrossprod(N * rep(lost, each = nrow(N)), N))
  weighed <- lost * sums$many
  rest <- sums$few - N %*% weighed
  left <- sums$total - crossprod(sums$many, weighed) - few * crossprod(rest, solve(S, rest))
  rss <- left[2, 2] - left[1, 2]^2 / left[1, 1]
  log_det <- sum(log1p(many * sums$many[, 1])) + as.numeric(determinant(S)$modulus) +
    log(left[1, 1])
  log_det + (sums$total[1, 1] - 1) * log(max(rss, 1e-300))
}

fit_table <- function(sums, near = NULL) {
  measure <- function(ratios) measure_table(sums, ratios)
  found <- if (length(near)) follow_slope(measure, near$ratios, near$curvature)
  if (length(found) && all(near$ratios > 0)) return(found)
  if (explains_all(sums)) return(c(NA, NA))
  if (length(found)) found else find_ratios(measure)
}

find_curvature <- function(sums, ratios) {
  theta <- sqrt(ratios)
  steps <- lapply(which(ratios > 0), function(k) 1e-3 * (1:2 == k))
  at <- function(shift) measure_table(sums, (theta + shift)^2)
  differ <- function(one, other)
    at(one + other) - at(one - other) - at(other - one) + at(-one - other)
  sapply(steps, function(one) sapply(steps, function(other) differ(one, other))) / 4e-6
}

follow_slope <- function(measure, ratios, curvature) {
  is_free <- ratios > 0
  theta <- sqrt(ratios)
  for (attempt in 1:30) {
    slope <- sapply(which(is_free), function(k) {
      shift <- 1e-4 * (1:2 == k)
      (measure((theta + shift)^2) - measure((theta - shift)^2)) / 2e-4
    })
    step <- solve(curvature, slope)
    theta[is_free] <- theta[is_free] - step
    if (!isTRUE(min(theta[is_free]) > 1e-2)) return(NULL)
    if (max(abs(step)) < 1e-7) {
      # What was 0 stays so where more would be worse.
      more <- ifelse(is_free, theta^2, 1e-6)
      is_least <- all(is_free) || measure(more) > measure(theta^2)
      return(if (is_least) theta^2)
    }
  }
  NULL
}

bound_share <- function(sums) {
  profile <- function(share) {
    own <- function(kappa) {
      listener <- kappa / (1 - kappa)
      measure_table(sums, c(listener, share / (1 - share) * (1 + listener)))
    }
    min(optimize(own, c(0, 1 - 1e-9), tol = 1e-8)$objective, own(0))
  }
  limit <- profile(0) + qchisq(0.95, 1)
  if (profile(1 - 1e-6) <= limit) return(NA)
  uniroot(function(share) profile(share) - limit, c(0, 1 - 1e-6), tol = 1e-9)$root
}
