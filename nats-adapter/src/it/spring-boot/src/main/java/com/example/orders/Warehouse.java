// SPDX-License-Identifier: Apache-2.0
package com.example.orders;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/** The business of this application. */
@Component
class Warehouse {

  private final Set<String> shipped = ConcurrentHashMap.newKeySet();

  /** Ships an order; shipping it again changes nothing. */
  void ship(String id, String article, int pieces) {
    if (pieces < 1) {
      throw new IllegalArgumentException("an order of " + pieces + " " + article);
    }
    shipped.add(id);
  }

  void clear() {
    shipped.clear();
  }

  boolean hasShipped(String id) {
    return shipped.contains(id);
  }
}
