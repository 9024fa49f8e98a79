// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.cli;

import dev.jetlane.InvalidInputException;
import dev.jetlane.Page;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Reads a list page by page: memory holds one page, however long the list is. */
final class Pages {

  private static final int SIZE = 100;

  private Pages() {}

  /** Asks for one page. */
  interface Source<T> {
    Page<T> page(int max, Optional<String> start);
  }

  static <T> void read(int limit, Source<T> source, Consumer<List<T>> use) {
    int left = check(limit);
    Optional<String> next = Optional.empty();
    do {
      Page<T> page = source.page(Math.min(SIZE, left), next);
      use.accept(page.items());
      left -= page.items().size();
      next = page.next();
    } while (left > 0 && next.isPresent());
  }

  static int check(int limit) {
    if (limit < 1) {
      throw new InvalidInputException("limit", limit, "must be from 1");
    }
    return limit;
  }
}
