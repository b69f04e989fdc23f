# cmake -DOUTPUT=file.cc -DPROFILES="haiku.json;opus.json" -P embed_profiles.cmake
# Writes a C++ file that holds the profiles as text.
set(entries "")
foreach(path IN LISTS PROFILES)
  file(READ "${path}" source)
  get_filename_component(name "${path}" NAME_WE)
  string(APPEND entries "    {\"${name}\", R\"perigee-json(${source})perigee-json\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include \"mock/profiles.h\"

namespace mock {
namespace {
constexpr std::pair<std::string_view, std::string_view> kProfiles[] = {
${entries}};
}  // namespace

std::span<const std::pair<std::string_view, std::string_view>> embedded_profiles() {
  return kProfiles;
}

}  // namespace mock
")
