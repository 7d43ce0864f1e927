// What a program sets of its own process, first thing in main(), and the processor time it has used.
#pragma once

#include <string>

namespace af {

// Blocks of a megabyte come and go all the time: giving them back to the system and touching them again costs more than
// decoding what goes into them.
void keep_freed_memory();

// Sorted runs, transfers and pipes together may need more descriptors than the usual soft limit of 1024.
void raise_open_files();

// The path of the program that runs. Throws Error(os) when the system does not say.
std::string own_program();

double own_cpu_seconds();
double children_cpu_seconds();  // of those that have ended

}  // namespace af
