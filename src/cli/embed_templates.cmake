# cmake -DOUTPUT=file.cc -DTEMPLATES="a.lua;b.lua" -P embed_templates.cmake
# Writes a C++ file that holds the templates as text.
set(entries "")
foreach(path IN LISTS TEMPLATES)
  file(READ "${path}" source)
  get_filename_component(name "${path}" NAME_WE)
  string(APPEND entries "    {\"${name}\", R\"perigee-lua(${source})perigee-lua\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include \"cli/templates.h\"

namespace cli {
namespace {
constexpr Template kTemplates[] = {
${entries}};
}  // namespace

std::span<const Template> templates() { return kTemplates; }

}  // namespace cli
")
