// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.util.List;
import java.util.Optional;

/**
 * A part of a longer list. A page may hold fewer items than requested, or none, and still have a
 * next page. The last page has no {@link #next}.
 *
 * @param <T> the type of the items
 * @param items in the order of the list
 * @param next where the next page starts; empty at the end of the list
 */
public record Page<T>(List<T> items, Optional<String> next) {

  /**
   * Copies the items.
   *
   * @param items see {@link #items}
   * @param next see {@link #next}
   */
  public Page {
    items = List.copyOf(items);
  }
}
