#include "net/cookies.h"

namespace net {

void load_cookies(CURL* easy, const CookieJar& jar) {
  curl_easy_setopt(easy, CURLOPT_COOKIEFILE, "");
  for (const std::string& line : jar.lines) {
    curl_easy_setopt(easy, CURLOPT_COOKIELIST, line.c_str());
  }
}

void save_cookies(CURL* easy, CookieJar& jar) {
  curl_slist* lines = nullptr;
  curl_easy_getinfo(easy, CURLINFO_COOKIELIST, &lines);
  jar.lines.clear();
  for (const curl_slist* line = lines; line != nullptr; line = line->next) {
    jar.lines.emplace_back(line->data);
  }
  curl_slist_free_all(lines);
}

void drop_cookies(CURL* easy) { curl_easy_setopt(easy, CURLOPT_COOKIEFILE, nullptr); }

}  // namespace net
