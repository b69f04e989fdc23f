#include "metrics/selector.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace metrics {
namespace {

using Op = Selector::Op;

std::string_view to_text(Op op) {
  switch (op) {
    case Op::kEqual:
      return "=";
    case Op::kNotEqual:
      return "!=";
    case Op::kGlob:
      return "~";
  }
  return "";
}

bool needs_quotes(std::string_view value) {
  return value.empty() || value != base::trim(value) ||
         value.find_first_of(",{}\"\\") != std::string_view::npos;
}

std::string quote(std::string_view value) {
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

// Cuts the selector into its terms at the commas that are not quoted.
std::vector<std::string_view> split_terms(std::string_view text) {
  std::vector<std::string_view> terms;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == ',' && !quoted) {
      terms.push_back(base::trim(text.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  terms.push_back(base::trim(text.substr(begin)));
  return terms;
}

// The text within the quotes that `text` begins with, if nothing follows them.
std::optional<std::string> unquote(std::string_view text) {
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1 == text.size() ? std::optional(value) : std::nullopt;
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    value += text[i];
  }
  return std::nullopt;
}

std::optional<Op> take_op(std::string_view& text) {
  for (const Op op : {Op::kNotEqual, Op::kEqual, Op::kGlob}) {
    if (text.substr(0, to_text(op).size()) != to_text(op)) continue;
    text.remove_prefix(to_text(op).size());
    return op;
  }
  return std::nullopt;
}

base::Result<Selector::Term> parse_term(std::string_view text) {
  constexpr std::string_view kExpected =
      "expected \"tag=value\", \"tag!=value\" or \"tag~pattern\"";
  const std::size_t key_end = text.find_first_of("=!~\"{}");
  const std::string_view key = base::trim(text.substr(0, key_end));
  std::string_view rest = key_end == std::string_view::npos ? "" : text.substr(key_end);
  const auto op = take_op(rest);
  if (key.empty() || !op) {
    // As k6 writes it.
    const std::size_t colon = key.find(':');
    if (rest.empty() && colon != std::string_view::npos && colon > 0) {
      return base::fail("{}, got \"{}\" (did you mean \"{}={}\"?)", kExpected, text,
                        key.substr(0, colon), key.substr(colon + 1));
    }
    return base::fail("{}, got \"{}\"", kExpected, text);
  }
  // "==" and "=~" are how others write these; as values they would never match.
  if (*op == Op::kEqual && !rest.empty() && (rest.front() == '=' || rest.front() == '~')) {
    return base::fail("{}, got \"{}\" (did you mean \"{}{}{}\"?)", kExpected, text, key,
                      rest.substr(0, 1), rest.substr(1));
  }
  const std::string_view value = base::trim(rest);
  if (value.empty() || value.front() != '"') {
    return Selector::Term{std::string(key), *op, std::string(value)};
  }
  const auto unquoted = unquote(value);
  if (!unquoted) {
    return base::fail("expected one quoted value after \"{}{}\", got {}", key, to_text(*op), value);
  }
  return Selector::Term{std::string(key), *op, *unquoted};
}

}  // namespace

bool Selector::matches(const TagSet& tags) const {
  return std::all_of(terms.begin(), terms.end(), [&tags](const Term& term) {
    const std::string_view value = tags.get(term.key);
    switch (term.op) {
      case Op::kEqual:
        return value == term.value;
      case Op::kNotEqual:
        return value != term.value;
      case Op::kGlob:
        return base::matches_glob(term.value, value);
    }
    return false;
  });
}

std::string Selector::to_string() const {
  if (terms.empty()) return "";
  std::string text;
  for (const Term& term : terms) {
    text += text.empty() ? '{' : ',';
    text += term.key;
    text += to_text(term.op);
    text += needs_quotes(term.value) ? quote(term.value) : term.value;
  }
  return text + '}';
}

base::Result<Selector> parse_selector(std::string_view text) {
  Selector selector;
  if (base::trim(text).empty()) return selector;
  for (const std::string_view part : split_terms(text)) {
    auto term = parse_term(part);
    if (!term) return tl::unexpected(term.error());
    selector.terms.push_back(std::move(*term));
  }
  return selector;
}

}  // namespace metrics
