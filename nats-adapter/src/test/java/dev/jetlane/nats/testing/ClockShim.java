// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Clocks of a child process that differ from those of the machine: a library that is loaded before
 * the C library adds an offset to its wall clock and to its monotonic clock. Each process has a
 * file with its offsets, which may change while it runs.
 *
 * <p>Needs Linux, and gcc to compile the library.
 */
public final class ClockShim {

  private static final String SOURCE =
      """
      #define _GNU_SOURCE
      #include <dlfcn.h>
      #include <fcntl.h>
      #include <stdlib.h>
      #include <sys/mman.h>
      #include <sys/time.h>
      #include <time.h>

      static volatile long long *offsets; /* nanoseconds: wall clock, monotonic clock */

      __attribute__((constructor)) static void open_offsets(void) {
        const char *path = getenv("JETLANE_CLOCK_OFFSETS");
        int file = path ? open(path, O_RDONLY) : -1;
        void *map = file < 0 ? MAP_FAILED : mmap(0, 16, PROT_READ, MAP_SHARED, file, 0);
        if (map != MAP_FAILED) offsets = map;
      }

      static void add(struct timespec *time, long long nanos) {
        long long all = time->tv_sec * 1000000000LL + time->tv_nsec + nanos;
        time->tv_sec = all / 1000000000LL;
        time->tv_nsec = all % 1000000000LL;
      }

      int clock_gettime(clockid_t clock, struct timespec *time) {
        static int (*real)(clockid_t, struct timespec *);
        if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
        int result = real(clock, time);
        if (result == 0 && offsets) {
          if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) add(time, offsets[0]);
          if (clock == CLOCK_MONOTONIC) add(time, offsets[1]);
        }
        return result;
      }

      int gettimeofday(struct timeval *time, void *zone) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        time->tv_sec = now.tv_sec;
        time->tv_usec = now.tv_nsec / 1000;
        return 0;
      }
      """;

  private final Path library;

  private ClockShim(Path library) {
    this.library = library;
  }

  /**
   * Compiles the library.
   *
   * @param folder where to put it
   * @return the library; empty if gcc or the headers of the C library are missing
   */
  public static Optional<ClockShim> compile(Path folder) {
    Path source = folder.resolve("clocks.c");
    Path library = folder.resolve("clocks.so");
    try {
      Files.writeString(source, SOURCE);
      Process gcc =
          new ProcessBuilder(
                  "gcc", "-shared", "-fPIC", "-O1", "-o", "" + library, "" + source, "-ldl")
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("gcc.log").toFile())
              .start();
      return gcc.waitFor() == 0 ? Optional.of(new ClockShim(library)) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /**
   * Returns the environment of a process with clocks of its own.
   *
   * @param offsets the file of {@link #set}
   * @return the variables
   */
  public Map<String, String> environment(Path offsets) {
    return Map.of("LD_PRELOAD", library.toString(), "JETLANE_CLOCK_OFFSETS", offsets.toString());
  }

  /**
   * Sets the clocks of a process: immediately, if it runs already.
   *
   * @param offsets the file of the process
   * @param wall the offset of its wall clock
   * @param monotonic the offset of its monotonic clock
   */
  public static void set(Path offsets, Duration wall, Duration monotonic) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * Long.BYTES).order(ByteOrder.nativeOrder());
    bytes.putLong(wall.toNanos()).putLong(monotonic.toNanos());
    try (RandomAccessFile file = new RandomAccessFile(offsets.toFile(), "rw")) {
      file.write(bytes.array());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
