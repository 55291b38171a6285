import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownPartOf } from '../../../src/core/privacy/boilerplate.ts';

describe('what everybody writes alike', () => {
  it.each([
    "import { describe, expect, it } from 'vitest';",
    "import zod, { type ZodType, z as other } from '../zod/index.ts';",
    "import * as fs from 'node:fs';",
    "import config from './config.json' with { type: 'json' };",
    'import type {',
    "} from './language-model/language-model-v3-call-options.ts';",
    "export * from './index.ts';",
    "const { readFileSync, existsSync: exists } = require('node:fs');",
    "'use strict';",
    'import numpy as np, pandas as pd',
    'from sklearn.linear_model import LinearRegression, LogisticRegression as Logistic',
    'import java.util.concurrent.ConcurrentHashMap;',
    'import static org.junit.jupiter.api.Assertions.*;',
    'import "github.com/stretchr/testify/assert"',
    'package com.example.application.configuration;',
    'using System.Collections.Generic;',
    '#include <sys/types.h>',
    '#pragma once',
    '/* Copyright (c) 2015-2024 Microsoft Corporation. All rights reserved. */',
    ' * Copyright © 2019 The Authors',
    '// SPDX-License-Identifier: (MIT OR Apache-2.0)',
    '# Licensed under the Apache License, Version 2.0 (the "License");',
    '// Licensed under the MIT License. See License.txt in the project root for license information.',
    ' * @license MIT',
    'def __init__(self, *args, **kwargs):',
    'Object.defineProperty(exports, "__esModule", { value: true });',
    'var __importDefault = (this && this.__importDefault) || function (mod) {',
    '    if (typeof state === "function" ? receiver !== state : !state.has(receiver)) throw new TypeError("Cannot read private member from an object whose class did not declare it");',
  ])('is left out: %s', (line) => {
    expect(ownPartOf(line)).toBe('');
  });

  it('is an address, without the rest of its line', () => {
    expect(ownPartOf('The ledger of Contoso is at https://db7.example:8443/admin?x=1 for svc-payroll.')).toBe(
      'The ledger of Contoso is at   for svc-payroll.',
    );
  });
});

describe('ordinary prose', () => {
  const word = fc.constantFrom(
    'Contoso',
    'pays',
    'for',
    'Falcon',
    'in',
    '2026',
    'until',
    'nobody',
    'knows',
    'it',
    'the',
  );
  const words = fc.array(word, { minLength: 10, maxLength: 30 }).map((all) => all.join(' '));
  const start = fc.constantFrom(
    'Import',
    'import',
    'From',
    'from',
    'Export',
    'Package',
    'package',
    'Using',
    'using',
    'Include',
    '#include',
    '#pragma',
    'Licensed',
    'License:',
    'Licensed under the MIT license',
    'Copyright',
    'Copyright 2026',
    '(c)',
    '(c) 2026 Contoso',
    'SPDX-License-Identifier: MIT',
    'All rights reserved',
    'use strict',
    'const x = require(',
    '__proto__',
    '/*',
    '#',
    '//',
    'enumerable: true, configurable',
    'Object.defineProperty',
    'Private method is',
    'Cannot read private member',
  );
  const end = fc.constantFrom('', '.', ';', ' */', " from 'here'", " import('there')", ' all rights reserved.');

  it('counts whole, whatever it begins with and ends in', () => {
    fc.assert(
      fc.property(start, words, end, (first, rest, last) => {
        const line = `${first} ${rest}${last}`;
        fc.pre(line.replaceAll(/\s/gu, '').length >= 90);
        expect(ownPartOf(line)).toBe(line);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    'Licensed customers of the unreleased product Falcon are Contoso, Fabrikam, Initech and Globex, each paying 1.2 million a year.',
    'Import duties for the Falcon shipment to Contoso are hidden in the cost centre 4711 and must not be told to anybody outside.',
    'Copyright disputes with Contoso are settled for at most 3 million in 2026, and only the board may be told of it.',
    'The field __price of the class Offer is what Contoso really pays, which their own customers must not see.',
    "import secrets from 'vault'; // what Contoso pays for Falcon stands in this vault, at the key payroll",
  ])('counts: %s', (line) => {
    expect(ownPartOf(line)).toBe(line);
  });

  it('is read in no time, however odd its lines are', () => {
    const odd = [
      `import ${'a, '.repeat(90)}!`,
      `import { ${'type a as b, '.repeat(20)}!`,
      `copyright (c) ${'2020, '.repeat(45)}!`,
      `#pragma omp ${'a '.repeat(140)}!`,
      `enumerable: ${'true, writable: '.repeat(17)}!`,
      `from a import ${'a '.repeat(130)}!`,
      `${'/* # '.repeat(59)}!`,
      `if (${' '.repeat(280)}!`,
    ];
    const begun = performance.now();
    for (const line of odd) for (let n = 0; n < 20; n += 1) expect(ownPartOf(line)).toBe(line);
    expect((performance.now() - begun) / (20 * odd.length)).toBeLessThan(2);
  });
});
