// Gives back what a string or vector holds: clear() keeps its capacity, and so do `= {}` and `= std::string()`.
#pragma once

namespace af {

template <class Container>
void release_memory(Container& container) noexcept {
    Container().swap(container);
}

}  // namespace af
