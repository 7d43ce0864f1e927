// Resident memory of this process, for tests of memory bounds.
#pragma once

#include <cstddef>
#include <fstream>
#include <string>

namespace af {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kMemoryIsMeasurable = false;  // the sanitizer's own memory counts too
#else
inline constexpr bool kMemoryIsMeasurable = true;
#endif

// "VmHWM" or "VmRSS", in bytes.
inline std::size_t memory_status(const std::string& what) {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        if (word != what + ":") continue;
        std::size_t kilobytes = 0;
        status >> kilobytes;
        return kilobytes << 10;
    }
    return 0;
}

// How far resident memory rose above its start since this was built.
class PeakMemory {
public:
    PeakMemory() {
        std::ofstream("/proc/self/clear_refs") << "5";  // resets VmHWM
        start_ = memory_status("VmRSS");
    }
    std::size_t rise() const {
        const std::size_t peak = memory_status("VmHWM");
        return peak > start_ ? peak - start_ : 0;
    }

private:
    std::size_t start_;
};

}  // namespace af
