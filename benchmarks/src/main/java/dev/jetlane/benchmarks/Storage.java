package dev.jetlane.benchmarks;

/** Where the server keeps the stream. */
public enum Storage {
  /** On disk, the default of a queue. */
  FILE,
  /** In the server's memory. */
  MEMORY
}
