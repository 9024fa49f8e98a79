// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring;

import java.lang.reflect.Type;

/**
 * Turns payloads into objects for {@link TaskListener} methods, and objects into payloads for
 * producers. An application that defines a bean of this type replaces the one that uses Jackson.
 * Must be thread-safe.
 */
public interface PayloadCodec {

  /**
   * Reads a payload.
   *
   * @param payload the bytes of the task
   * @param type the type of the method's parameter; never taken from the payload
   * @return an object of that type
   * @throws Exception if the bytes cannot be decoded; the task becomes a dead letter
   */
  Object read(byte[] payload, Type type) throws Exception;

  /**
   * Writes a payload.
   *
   * @param value the object
   * @return the payload
   */
  byte[] write(Object value);
}
