// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

/** A server without faults, except those that a subclass adds. */
class NoMishaps implements Mishaps {

  @Override
  public boolean refusesToStore(String partition) {
    return false;
  }

  @Override
  public long nanosOnTheWay(long leaseNanos) {
    return 0;
  }

  @Override
  public boolean deliversTwice() {
    return false;
  }
}
