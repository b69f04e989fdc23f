# cmake -DOUTPUT=file.cc -DROOT=dir -DMODULES="perigee/init.lua;perigee/http.lua" -P embed.cmake
# Writes a C++ file that holds the modules' sources as text.
set(entries "")
foreach(path IN LISTS MODULES)
  file(READ "${ROOT}/${path}" source)
  string(REGEX REPLACE "\\.lua$" "" name "${path}")
  string(REGEX REPLACE "/init$" "" name "${name}")
  string(REPLACE "/" "." name "${name}")
  string(APPEND entries
         "    {\"${name}\", \"@lua/${path}\", R\"perigee-lua(${source})perigee-lua\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include \"script/embedded.h\"

namespace script {
namespace {
constexpr EmbeddedModule kModules[] = {
${entries}};
}  // namespace

std::span<const EmbeddedModule> embedded_modules() { return kModules; }

}  // namespace script
")
