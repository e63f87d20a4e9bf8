/* newer.h - what libcurls newer than the headers at hand may export
 *
 * The programs of such a libcurl call these, and what they are told must fit what else we tell
 * them. The declarations are curl's.
 */
#ifndef SHIM_NEWER_H
#define SHIM_NEWER_H

#include <curl/curl.h>

#if LIBCURL_VERSION_NUM < 0x080400
CURL **curl_multi_get_handles(CURLM *multi);
#endif

#if LIBCURL_VERSION_NUM < 0x080600
#define CURLE_TOO_LARGE ((CURLcode)100)
#endif

#if LIBCURL_VERSION_NUM < 0x081000
typedef enum {
	CURLMINFO_NONE,
	CURLMINFO_XFERS_CURRENT,
	CURLMINFO_XFERS_RUNNING,
	CURLMINFO_XFERS_PENDING,
	CURLMINFO_XFERS_DONE,
	CURLMINFO_XFERS_ADDED
} CURLMinfo_offt;
CURLMcode curl_multi_get_offt(CURLM *multi, CURLMinfo_offt info, curl_off_t *value);
#endif

#if LIBCURL_VERSION_NUM < 0x081100
#define CURLMNOTIFY_INFO_READ 0
#define CURLMNOTIFY_EASY_DONE 1
#define CURLMOPT_NOTIFYFUNCTION ((CURLMoption)(CURLOPTTYPE_FUNCTIONPOINT + 18))
#define CURLMOPT_NOTIFYDATA ((CURLMoption)(CURLOPTTYPE_OBJECTPOINT + 19))
typedef void (*curl_notify_callback)(CURLM *multi, unsigned int what, CURL *easy, void *data);
CURLMcode curl_multi_notify_enable(CURLM *multi, unsigned int what);
CURLMcode curl_multi_notify_disable(CURLM *multi, unsigned int what);
#endif

#endif
