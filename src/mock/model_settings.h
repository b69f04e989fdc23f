// The settings of a request to the Claude API that not every model takes.
#pragma once

#include "mock/models.h"
#include "mock/request.h"
#include "mock/request_fields.h"

namespace mock {

// temperature, top_p and top_k.
void read_sampling(RequestFields& body, const Capabilities& can);

// thinking, and output_config: how hard to think and in which form to answer. Reads what the two
// leave out after the model.
void read_thinking(RequestFields& body, const Capabilities& can, ModelRequest& request);
void read_output_config(RequestFields& body, const Capabilities& can);

// speed, service_tier, inference_geo, container and metadata.
void read_service(RequestFields& body, const Model& model, ModelRequest& request);

}  // namespace mock
