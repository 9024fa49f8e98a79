@NullMarked
package dev.jetlane.inmemory.model;

import org.jspecify.annotations.NullMarked;
