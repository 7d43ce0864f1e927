#include "container/helpers/write_helpers.hpp"

#include "container/helpers/embedded.hpp"
#include "engine/file.hpp"

namespace af {

void write_helpers(const std::filesystem::path& folder) {
    std::filesystem::create_directory(folder);
    for (const EmbeddedFile& helper : embedded_helpers()) File::create(folder / helper.name).append(helper.contents);
}

}  // namespace af
