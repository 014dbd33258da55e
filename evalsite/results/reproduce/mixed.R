# Linear mixed models of ratings: conditions are effects, listeners and recordings are drawn at
# random; mixed.py says the same in Python, and what it is from.

mixed_model <- function(rows, ...) {
  conditions <- c(...)
  rows <- rows[!is.na(rows$value), ]
  n_levels <- c(n_unique(rows$listener), n_unique(rows$recording))
  counts <- c(nrow(rows), n_levels)
  nothing <- c(counts, rep(NA, 3 * length(conditions) + 18))
  y <- rows$value
  p <- length(conditions) + 1
  if (length(y) < p + 2 || min(n_levels) < 2 || max(n_levels) >= length(y)) return(nothing)
  if (max(y) == min(y)) return(nothing)
  scale <- sqrt(mean((y - mean(y))^2))
  parts <- sum_up(rows, (y - mean(y)) / scale, conditions)
  if (is.null(parts)) return(nothing)
  ratios <- find_ratios(function(ratios) criterion(parts, ratios))
  fit <- solve_mixed(parts, ratios)
  variances <- c(ratios, 1) * fit$rss / (parts$n - p)
  spread <- spread_of_variances(parts, variances)
  effects <- unlist(lapply(seq_len(p)[-1], function(j)
    t_interval(fit$beta[j] * scale, variances[3] * fit$inverse[j, j] * scale^2, spread$df[j])))
  c(counts, effects, variance_intervals(variances * scale^2, spread$is_free, spread$covariance),
    share_intervals(variances, spread$is_free, spread$covariance))
}

sum_up <- function(rows, y, conditions) {
  groups <- list(number(rows$listener), number(rows$recording))
  Z <- do.call(cbind, lapply(groups, function(group) diag(max(group))[group, ]))
  X <- cbind(rep(1, length(y)), sapply(conditions, function(name) (rows$condition == name) * 1))
  if (sqrt(mean(lm.fit(cbind(X, Z), y)$residuals^2)) < 1e-9) return(NULL)
  Xy <- unname(cbind(X, y))
  list(n = length(y), owner = rep(1:2, sapply(groups, max)), ZZ = crossprod(Z),
       ZX = crossprod(Z, Xy), XX = crossprod(Xy))
}

solve_mixed <- function(parts, ratios) {
  root <- sqrt(ratios)[parts$owner]
  S <- outer(root, root) * parts$ZZ + diag(length(root))
  B <- root * parts$ZX
  rest <- parts$XX - crossprod(B, solve(S, B))
  p <- ncol(rest) - 1
  own <- rest[1:p, 1:p, drop = FALSE]
  inverse <- solve(own)
  beta <- as.vector(inverse %*% rest[1:p, p + 1])
  log_det <- as.numeric(determinant(S)$modulus) + as.numeric(determinant(own)$modulus)
  rss <- rest[p + 1, p + 1] - sum(rest[1:p, p + 1] * beta)
  list(log_det = log_det, rss = rss, beta = beta, inverse = inverse)
}

criterion <- function(parts, ratios) {
  fit <- solve_mixed(parts, ratios)
  fit$log_det + (parts$n - length(fit$beta)) * log(max(fit$rss, 1e-300))
}

find_ratios <- function(measure) {
  search <- function(start, is_free) {
    fill <- function(theta) replace(c(0, 0), is_free, theta)^2
    own <- function(theta) measure(fill(theta))
    if (!any(is_free)) return(list(theta = c(0, 0), value = own(numeric(0))))
    control <- list(reltol = 1e-15, maxit = 4000, warn.1d.NelderMead = FALSE)
    found <- optim(start[is_free], own, control = control)
    found <- optim(found$par, own, control = control)
    list(theta = sqrt(fill(found$par)), value = found$value)
  }
  is_free <- c(TRUE, TRUE)
  best <- search(c(0.7, 0.7), is_free)
  for (k in 1:2) {
    if (best$theta[k] < 1e-2) {
      fewer <- is_free & seq_len(2) != k
      other <- search(pmax(best$theta, 1e-2), fewer)
      if (other$value <= best$value + 1e-9) {
        best <- list(theta = other$theta, value = min(best$value, other$value))
        is_free <- fewer
      }
    }
  }
  best$theta^2
}

spread_of_variances <- function(parts, variances) {
  is_free <- variances > 0
  step <- 5e-3
  k <- sum(is_free)
  evaluate <- function(shift) {
    moved <- variances
    moved[is_free] <- moved[is_free] * exp(shift)
    fit <- solve_mixed(parts, moved[1:2] / moved[3])
    value <- fit$log_det + (parts$n - length(fit$beta)) * log(moved[3]) + fit$rss / moved[3]
    list(value = value, own = moved[3] * diag(fit$inverse))
  }
  E <- diag(k) * step
  centre <- evaluate(rep(0, k))
  H <- matrix(0, k, k)
  gradient <- NULL
  for (i in seq_len(k)) {
    up <- evaluate(E[i, ])
    down <- evaluate(-E[i, ])
    gradient <- rbind(gradient, (up$own - down$own) / (2 * step))
    H[i, i] <- (up$value - 2 * centre$value + down$value) / step^2
    for (j in seq_len(i - 1)) {
      mixed <- 0
      for (a in c(1, -1))
        for (b in c(1, -1)) mixed <- mixed + a * b * evaluate(a * E[i, ] + b * E[j, ])$value
      H[i, j] <- H[j, i] <- mixed / (4 * step^2)
    }
  }
  found <- svd(H)
  is_kept <- found$d > 1e-15 * max(found$d)
  covariance <- 2 * found$v %*% (ifelse(is_kept, 1 / found$d, 0) * t(found$u))
  df <- 2 * centre$own^2 / colSums(gradient * (covariance %*% gradient))
  list(is_free = is_free, covariance = covariance, df = pmax(df, 1))
}

variance_intervals <- function(variances, is_free, covariance) {
  df <- replace(rep(0, 3), is_free, 2 / diag(covariance))
  as.vector(sapply(seq_len(3), function(k) {
    ends <- c(NA, NA)
    if (df[k] >= 1) ends <- variances[k] * df[k] / qchisq(c(0.975, 0.025), df[k])
    c(variances[k], ends)
  }))
}

share_intervals <- function(variances, is_free, covariance) {
  shares <- variances / sum(variances)
  at <- which(is_free)
  as.vector(sapply(seq_len(3), function(k) {
    ends <- c(NA, NA)
    if (is_free[k] && length(at) > 1) {
      gradient <- ifelse(at == k, 1, -shares[at] / (1 - shares[k]))
      reach <- qnorm(0.975) * sqrt(sum(gradient * (covariance %*% gradient)))
      ends <- plogis(qlogis(shares[k]) + c(-reach, reach))
    }
    c(shares[k], ends)
  }))
}
