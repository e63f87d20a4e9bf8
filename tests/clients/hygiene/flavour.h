/* flavour.h - whose handle is this? */
#include <curl/curl.h>
#include <string.h>

/* Says it by two ways: the backend of the libcurl that answers for the handle, and the version of
 * the libcurl that was asked. They must be the same. */
static const char *flavour(CURL *h, CURLcode (*get)(CURL *, CURLINFO, ...), const char *version)
{
	static const struct {
		curl_sslbackend id;
		const char *in_version, *name;
	} rows[] = {
		{ CURLSSLBACKEND_OPENSSL, "OpenSSL/", "openssl" },
		{ CURLSSLBACKEND_GNUTLS, "GnuTLS/", "gnutls" },
		{ CURLSSLBACKEND_NSS, "NSS/", "nss" },
	};
	struct curl_tlssessioninfo *info = NULL;

	if (get(h, CURLINFO_TLS_SSL_PTR, &info) || !info)
		return "unknown";
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].id == info->backend)
			return strstr(version, rows[i].in_version) ? rows[i].name : "crossed";
	return "unknown";
}
