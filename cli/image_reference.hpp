// Names of container images, as registries and workers take them: [registry[:port]/]path[:tag][@digest]. Pure.
//
// Registry the first part when it has a '.', a ':' or a capital letter, or is "localhost"; elsewhere it is Docker
// Hub's.
// Errors   usage: which part breaks which rule.
// Source   https://github.com/distribution/reference (reference.go, normalize.go); OCI distribution specification 1.1.
#pragma once

#include "engine/error.hpp"

#include <string>
#include <string_view>

namespace af {

struct ImageReference {
    std::string registry;  // "registry.example:5000"; empty: Docker Hub
    std::string path;      // "telemetry/analysis"
    std::string tag;       // empty: none was named
    std::string digest;    // "sha256:..."; empty: none was named
};

Result<ImageReference> parse_image_reference(std::string_view text);

inline bool is_image_reference(std::string_view text) { return parse_image_reference(text).has_value(); }

}  // namespace af
