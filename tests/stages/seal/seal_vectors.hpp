// Keys and envelopes that another implementation made, from vectors.json.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace af {

inline const nlohmann::json& seal_vectors() {
    static const nlohmann::json vectors = nlohmann::json::parse(std::ifstream(AF_SEAL_VECTORS));
    return vectors;
}

inline std::string vector_ring() { return seal_vectors()["ring"]; }
inline std::string vector_group() { return seal_vectors()["group"]; }
inline std::string vector_public(int key) {
    return seal_vectors()["envelopes"][key]["public"];
}  // 0: 2048 bits, 1: 3072

}  // namespace af
