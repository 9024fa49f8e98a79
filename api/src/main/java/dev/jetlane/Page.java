package dev.jetlane;

import java.util.List;
import java.util.Optional;

/**
 * A part of a longer list. A page may hold fewer items than were asked for, or none, and still have
 * a next one: the last page is the one without.
 *
 * @param items in the order of the list
 * @param next where the next page starts; empty at the end of the list
 */
public record Page<T>(List<T> items, Optional<String> next) {

  /** Copies the items. */
  public Page {
    items = List.copyOf(items);
  }
}
