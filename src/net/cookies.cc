#include "net/cookies.h"

#include <algorithm>
#include <string_view>

#include "base/text.h"

namespace net {
namespace {

using Lines = std::vector<std::string>;

bool contains(const Lines& lines, const std::string& line) {
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

// Domain, path and name: of several cookies with the same ones only one can be.
std::string key_of(const std::string& line) {
  const std::vector<std::string> fields = base::split(line, '\t');
  if (fields.size() < 6) return line;
  // Whether scripts may see the cookie is written before its domain, but does not tell it apart.
  constexpr std::string_view kHttpOnly = "#HttpOnly_";
  const std::string& domain = fields[0];
  const bool http_only = domain.starts_with(kHttpOnly);
  return domain.substr(http_only ? kHttpOnly.size() : 0) + '\t' + fields[2] + '\t' + fields[5];
}

void erase_cookie(Lines& lines, const std::string& key) {
  std::erase_if(lines, [&](const std::string& line) { return key_of(line) == key; });
}

}  // namespace

void load_cookies(CURL* easy, const CookieJar& jar) {
  curl_easy_setopt(easy, CURLOPT_COOKIEFILE, "");
  for (const std::string& line : jar.lines) {
    curl_easy_setopt(easy, CURLOPT_COOKIELIST, line.c_str());
  }
}

void save_cookies(CURL* easy, const std::vector<std::string>& loaded, CookieJar& jar) {
  curl_slist* list = nullptr;
  curl_easy_getinfo(easy, CURLINFO_COOKIELIST, &list);
  Lines held;
  for (const curl_slist* line = list; line != nullptr; line = line->next) {
    held.emplace_back(line->data);
  }
  curl_slist_free_all(list);
  // A changed cookie is one that went and one that came.
  for (const std::string& line : loaded) {
    if (!contains(held, line)) erase_cookie(jar.lines, key_of(line));
  }
  for (const std::string& line : held) {
    if (contains(loaded, line)) continue;
    erase_cookie(jar.lines, key_of(line));
    jar.lines.push_back(line);
  }
}

void drop_cookies(CURL* easy) { curl_easy_setopt(easy, CURLOPT_COOKIEFILE, nullptr); }

}  // namespace net
