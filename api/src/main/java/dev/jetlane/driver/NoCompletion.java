// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.driver;

/** Does nothing. */
enum NoCompletion implements Completion<Object> {
  INSTANCE;

  @Override
  public void succeeding(Object result) {}

  @Override
  public Throwable failing(Throwable error) {
    return error;
  }
}
