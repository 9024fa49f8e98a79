// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import dev.jetlane.TaskQueue;
import dev.jetlane.inmemory.time.SimulatedTime;
import org.jspecify.annotations.Nullable;

/**
 * One run of a process, from its start to its crash. After a crash the process continues as another
 * object with the same program.
 */
final class SimulatedProcess {

  final String name;
  final ProcessClock wallClock;
  private final Numbers numbers;

  /** Whether it has crashed. */
  boolean dead;

  /** Whether it is stalled. */
  boolean still;

  /** Its client; null before it is connected. */
  @Nullable TaskQueue queue;

  /** The number of threads in all runs of a process. */
  static final class Numbers {

    static final int TEST = 0;

    private final int process;
    private int threads;
    private int handlers;

    Numbers(int process) {
      this.process = process;
    }
  }

  SimulatedProcess(String name, Numbers numbers, SimulatedTime time) {
    this.name = name;
    this.numbers = numbers;
    wallClock = new ProcessClock(time);
  }

  /** Returns whether it is the test itself, which has no faults. */
  boolean isTest() {
    return numbers.process == Numbers.TEST;
  }

  /** Returns whether its actors may get a turn. */
  boolean goesOn() {
    return !dead && !still;
  }

  /** Returns the number of its next thread. */
  long nextThread() {
    return ((long) numbers.process << 16) + numbers.threads++;
  }

  /** Returns the name of the thread of its next handler. */
  String nextHandler() {
    return name + "/handler " + ++numbers.handlers;
  }
}
