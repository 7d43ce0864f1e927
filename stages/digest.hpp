// SHA-256 of a stream of bytes.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace af {

class Sha256 {
public:
    Sha256();
    ~Sha256();
    void add(std::string_view bytes);
    std::string hex();  // once, last

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace af
