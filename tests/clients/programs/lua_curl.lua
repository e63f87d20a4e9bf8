-- lua_curl.lua STYLE COUNT URL BODY - asks COUNT times by Debian's lua-curl, which has no more than
-- setopt and perform
--
--   perform  one after the other, one handle for all
local curl = require "curl"
local style, count, url, body = unpack(arg)

local function chunk(n, bytes)
	io.write(("chunk %d %d\n%s\n"):format(n, #bytes, bytes))
	io.flush()
end

if style == "version" then
	print("version 0 " .. curl.version())
	return
end
local handle = curl.easy_init()
handle:setopt(curl.OPT_URL, url)
handle:setopt(curl.OPT_POSTFIELDS, body)
handle:setopt(curl.OPT_HTTPHEADER, { "Content-Type: application/json", "Authorization: Bearer sk-mine" })
for n = 0, count - 1 do
	local status, kind = "000", ""
	handle:setopt(curl.OPT_WRITEFUNCTION, function(bytes)
		chunk(n, bytes)
		return #bytes
	end)
	handle:setopt(curl.OPT_HEADERFUNCTION, function(line)
		print(("line %d %s"):format(n, line:match("[^\r\n]*")))
		status = line:match("^HTTP/%S+ (%d+)") or status
		kind = line:match("^[Cc]ontent%-[Tt]ype: ([^\r\n]*)") or kind
		return #line
	end)
	local ok, why = handle:perform()
	print(("error %d %s\nstatus %d %s\ntype %d %s"):format(n, ok and 0 or tostring(why), n, status, n, kind))
end
