package dev.jetlane.chaos;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Keeps the heap of this process full for a while: all its threads lack memory. */
final class FullHeap extends Thread {

  static final int MILLIS = 2_500;

  private static final int LARGE = 256 * 1024;
  private static final int SMALL = 128;

  /** A list that needs no other memory than its blocks. */
  private record Block(byte[] bytes, @Nullable Block next) {}

  @Override
  public void run() {
    long untilNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MILLIS);
    Block blocks = null;
    int size = LARGE;
    while (System.nanoTime() - untilNanos < 0) {
      try {
        blocks = new Block(new byte[size], blocks);
      } catch (OutOfMemoryError full) {
        size = Math.max(SMALL, size / 2);
      }
    }
  }
}
