// record_index_tool line|after_tab: answers each "BYTES\n" + payload on stdin with "BYTES\n" + its index, for the tests
// of the Python side of lazy records.
#include "stages/record_index.hpp"

#include <cstring>
#include <iostream>
#include <string>

int main(int argc, char** argv) {
    if (argc != 2) return 64;
    bool whole_line = std::strcmp(argv[1], "line") == 0;
    af::RecordIndexer indexer(whole_line ? af::JsonPlace::line : af::JsonPlace::after_tab);
    for (std::string header; std::getline(std::cin, header);) {
        std::string payload(std::stoul(header), '\0');
        if (!std::cin.read(payload.data(), static_cast<std::streamsize>(payload.size()))) return 65;
        af::RecordIndex index = indexer.build(payload);
        std::cout << index.words.size() << '\n' << index.words << std::flush;
    }
    return 0;
}
