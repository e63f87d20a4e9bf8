# trace.R - says what a program got, in the words of ../matrix.py
arguments <- commandArgs(trailingOnly = TRUE)
style <- arguments[1]
indices <- seq_len(if (style == "version") 0 else as.integer(arguments[2])) - 1
url <- arguments[3]
body <- arguments[4]
headers <- list("Content-Type" = "application/json", "Authorization" = "Bearer sk-mine")

chunk <- function(n, bytes) {
  cat(sprintf("chunk %d %d\n%s\n", n, length(bytes), rawToChar(bytes)))
  flush(stdout())
}

facts <- function(n, ...) {
  values <- list(...)
  for (name in names(values)) cat(name, n, format(values[[name]]), "\n")
}

if (style == "version") {
  facts(0, version = paste0("libcurl/", curl::curl_version()$version, " ", curl::curl_version()$ssl_version))
}
