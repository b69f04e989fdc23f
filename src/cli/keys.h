// The keys by which a user steers a run from its terminal.
#pragma once

#include <string>

namespace cli {

// Makes the terminal at stdin give keys one by one and without echo, and back as it was: when this
// is destroyed, when the process is suspended, and when it dies of a signal such as SIGSEGV or
// SIGQUIT or of abort(); of all ways out only SIGKILL, and a stack overflow, leave the terminal in
// that state. Ctrl-C and Ctrl-Z stay signals.
//
// Where stdin is no terminal there are never any keys. A job in the background neither reads nor
// changes the terminal; it begins to once it is in the foreground.
//
// Threads: one, and one object at a time.
class Keys {
 public:
  Keys();
  ~Keys();
  Keys(const Keys&) = delete;
  Keys& operator=(const Keys&) = delete;

  bool available() const { return is_terminal_; }

  // What was pressed since the last call; never waits.
  std::string take();

  void suspend();    // The process is about to be stopped.
  void continued();  // It goes on; the terminal may have been changed meanwhile.

 private:
  void take_terminal();
  void give_back();

  bool is_terminal_ = false;
  bool watching_ = false;  // For fatal signals.
  bool taken_ = false;
  bool found_ = false;  // How the terminal was before us is known.
};

// Whether we may draw on and read from a terminal: true unless it is our own controlling terminal
// and another job is in its foreground.
bool in_foreground(int fd);

}  // namespace cli
