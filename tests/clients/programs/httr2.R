# httr2.R STYLE COUNT URL BODY - asks COUNT times by R's httr2
#
#   perform   req_perform
#   stream    req_stream, by its new name req_perform_stream
#   parallel  all at once by multi_req_perform, by its new name req_perform_parallel
suppressMessages({
  library(httr2)
  directory <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
  source(file.path(directory, "trace.R"))
})

first_of <- function(...) Find(is.function, lapply(c(...), get0, mode = "function"))
req_in_pieces <- first_of("req_perform_stream", "req_stream")
reqs_at_once <- first_of("req_perform_parallel", "multi_req_perform")

question <- function() {
  req <- request(url) |> req_body_raw(body) |> req_error(is_error = function(resp) FALSE)
  do.call(req_headers, c(list(req), headers))
}

tell <- function(n, resp) {
  if (inherits(resp, "error")) return(fail(n, resp))
  facts(n, error = 0, status = resp_status(resp), type = resp_content_type(resp))
}

fail <- function(n, e) facts(n, error = conditionMessage(if (is.null(e$parent)) e else e$parent))

perform <- function(n) {
  resp <- req_perform(question())
  chunk(n, resp_body_raw(resp))
  tell(n, resp)
}

stream <- function(n) {
  tell(n, req_in_pieces(question(), function(bytes) {
    chunk(n, bytes)
    TRUE
  }, buffer_kb = 1 / 64))
}

if (style == "parallel") {
  resps <- reqs_at_once(lapply(indices, function(n) question()))
  for (n in indices) {
    resp <- resps[[n + 1]]
    if (!inherits(resp, "error")) chunk(n, resp_body_raw(resp))
    tell(n, resp)
  }
} else if (style != "version") {
  ask <- get(style)
  for (n in indices) tryCatch(ask(n), error = function(e) fail(n, e))
}
