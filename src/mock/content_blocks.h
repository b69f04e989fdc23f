// The blocks that the content of a turn is made of.
#pragma once

#include <string_view>

#include "mock/request_fields.h"

namespace mock {

// Refuses a block that is of no known type, has no place in a turn of that role, or is incomplete.
void check_block(RequestFields& block, std::string_view role);

}  // namespace mock
