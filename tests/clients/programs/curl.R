# curl.R STYLE COUNT URL BODY - asks COUNT times by R's curl
#
#   memory        curl_fetch_memory, one handle for all
#   stream        curl_fetch_stream
#   connection    a connection of R that is read bit by bit
#   multi         all at once by multi_run
#   multi_stream  the same, in pieces
library(methods)
options(warn = -1)
suppressMessages(library(curl))
directory <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(directory, "trace.R"))

handle <- function() {
  h <- new_handle(copypostfields = body)
  do.call(handle_setheaders, c(list(h), headers))
}

tell <- function(n, got) facts(n, error = 0, status = got$status_code, type = got$type, url = got$url)

fail <- function(n, why) facts(n, error = as.character(why))

connection <- function(n) {
  con <- curl(url, open = "rb", handle = handle())
  on.exit(close(con))
  while (length(bytes <- readBin(con, raw(), 8192))) chunk(n, bytes)
  facts(n, error = 0)
}

memory <- function(n) {
  got <- curl_fetch_memory(url, handle = same)
  chunk(n, got$content)
  tell(n, got)
}

stream <- function(n) tell(n, curl_fetch_stream(url, function(bytes) chunk(n, bytes), handle = same))

at_once <- function(in_pieces) {
  pool <- new_pool()
  for (n in indices) local({
    n <- n
    curl_fetch_multi(url, pool = pool, handle = handle(),
      data = if (in_pieces) function(bytes, final) if (length(bytes)) chunk(n, bytes),
      done = function(got) {
        if (!in_pieces) chunk(n, got$content)
        tell(n, got)
      },
      fail = function(why) fail(n, why))
  })
  invisible(multi_run(pool = pool))
}

if (startsWith(style, "multi")) {
  at_once(style == "multi_stream")
} else if (style != "version") {
  same <- handle()
  ask <- get(style)
  for (n in indices) tryCatch(ask(n), error = function(e) fail(n, conditionMessage(e)))
}
