#include "stages/taskcluster/ids.hpp"

#include "stages/random_bytes.hpp"
#include "stages/s3/hash.hpp"
#include "stages/text.hpp"

namespace af {
namespace {

constexpr std::size_t kIdLength = 22;

}  // namespace

bool is_task_id(std::string_view text) {
    return text.size() == kIdLength && is_alphanumeric(text, "-_") && text[8] >= 'Q' &&
           text[8] <= 'T' &&                                                                 // version 4
           std::string_view("CGKOSWaeimquy26-").find(text[10]) != std::string_view::npos &&  // variant
           std::string_view("AQgw").find(text[21]) != std::string_view::npos;                // no bits left over
}

std::string new_task_id() { return task_id_of(random_bytes(16)); }

std::string task_id_of(std::string_view bytes) {
    std::string uuid(bytes.substr(0, 16));
    uuid[0] = static_cast<char>(uuid[0] & 0x7f);  // the first character is then a letter
    uuid[6] = static_cast<char>((uuid[6] & 0x0f) | 0x40);
    uuid[8] = static_cast<char>((uuid[8] & 0x3f) | 0x80);
    return base64_url(uuid);
}

std::string random_text(std::size_t bytes) { return base64_url(random_bytes(bytes)); }

}  // namespace af
