// The command line.
#pragma once

namespace cli {

// Runs what the arguments ask for and returns the process' exit code.
int main(int argc, char** argv);

}  // namespace cli
