import { type Struct, structOf, textOf } from './tree.ts';

/** Postgres's command tags (cmdtaglist.h) of statements that write, by their node. */
const TAGS: Readonly<Record<string, string>> = {
  InsertStmt: 'INSERT',
  UpdateStmt: 'UPDATE',
  DeleteStmt: 'DELETE',
  MergeStmt: 'MERGE',
  TruncateStmt: 'TRUNCATE TABLE',
  VacuumStmt: 'VACUUM',
  ClusterStmt: 'CLUSTER',
  ReindexStmt: 'REINDEX',
  RefreshMatViewStmt: 'REFRESH MATERIALIZED VIEW',
  LockStmt: 'LOCK TABLE',
  CommentStmt: 'COMMENT',
  SecLabelStmt: 'SECURITY LABEL',
  ImportForeignSchemaStmt: 'IMPORT FOREIGN SCHEMA',
  ReassignOwnedStmt: 'REASSIGN OWNED',
  DropOwnedStmt: 'DROP OWNED',
  ConstraintsSetStmt: 'SET CONSTRAINTS',
  CreateStmt: 'CREATE TABLE',
  CreateForeignTableStmt: 'CREATE FOREIGN TABLE',
  IndexStmt: 'CREATE INDEX',
  ViewStmt: 'CREATE VIEW',
  RuleStmt: 'CREATE RULE',
  CreateSchemaStmt: 'CREATE SCHEMA',
  CreateSeqStmt: 'CREATE SEQUENCE',
  CreateTrigStmt: 'CREATE TRIGGER',
  CreateEventTrigStmt: 'CREATE EVENT TRIGGER',
  CreatePLangStmt: 'CREATE LANGUAGE',
  CreateDomainStmt: 'CREATE DOMAIN',
  CompositeTypeStmt: 'CREATE TYPE',
  CreateEnumStmt: 'CREATE TYPE',
  CreateRangeStmt: 'CREATE TYPE',
  CreateCastStmt: 'CREATE CAST',
  CreateTransformStmt: 'CREATE TRANSFORM',
  CreateConversionStmt: 'CREATE CONVERSION',
  CreateOpClassStmt: 'CREATE OPERATOR CLASS',
  CreateOpFamilyStmt: 'CREATE OPERATOR FAMILY',
  CreateAmStmt: 'CREATE ACCESS METHOD',
  CreateStatsStmt: 'CREATE STATISTICS',
  CreatePolicyStmt: 'CREATE POLICY',
  CreatePublicationStmt: 'CREATE PUBLICATION',
  CreateSubscriptionStmt: 'CREATE SUBSCRIPTION',
  CreateExtensionStmt: 'CREATE EXTENSION',
  CreateFdwStmt: 'CREATE FOREIGN DATA WRAPPER',
  CreateForeignServerStmt: 'CREATE SERVER',
  CreateUserMappingStmt: 'CREATE USER MAPPING',
  CreateTableSpaceStmt: 'CREATE TABLESPACE',
  CreateRoleStmt: 'CREATE ROLE',
  CreatedbStmt: 'CREATE DATABASE',
  DropdbStmt: 'DROP DATABASE',
  DropRoleStmt: 'DROP ROLE',
  DropTableSpaceStmt: 'DROP TABLESPACE',
  DropUserMappingStmt: 'DROP USER MAPPING',
  DropSubscriptionStmt: 'DROP SUBSCRIPTION',
  AlterRoleStmt: 'ALTER ROLE',
  AlterRoleSetStmt: 'ALTER ROLE',
  AlterDatabaseStmt: 'ALTER DATABASE',
  AlterDatabaseSetStmt: 'ALTER DATABASE',
  AlterDatabaseRefreshCollStmt: 'ALTER DATABASE',
  AlterDomainStmt: 'ALTER DOMAIN',
  AlterEnumStmt: 'ALTER TYPE',
  AlterTypeStmt: 'ALTER TYPE',
  AlterExtensionStmt: 'ALTER EXTENSION',
  AlterExtensionContentsStmt: 'ALTER EXTENSION',
  AlterFdwStmt: 'ALTER FOREIGN DATA WRAPPER',
  AlterForeignServerStmt: 'ALTER SERVER',
  AlterUserMappingStmt: 'ALTER USER MAPPING',
  AlterDefaultPrivilegesStmt: 'ALTER DEFAULT PRIVILEGES',
  AlterOperatorStmt: 'ALTER OPERATOR',
  AlterOpFamilyStmt: 'ALTER OPERATOR FAMILY',
  AlterPolicyStmt: 'ALTER POLICY',
  AlterPublicationStmt: 'ALTER PUBLICATION',
  AlterSubscriptionStmt: 'ALTER SUBSCRIPTION',
  AlterSeqStmt: 'ALTER SEQUENCE',
  AlterStatsStmt: 'ALTER STATISTICS',
  AlterCollationStmt: 'ALTER COLLATION',
  AlterEventTrigStmt: 'ALTER EVENT TRIGGER',
  AlterTableSpaceOptionsStmt: 'ALTER TABLESPACE',
  AlterTableMoveAllStmt: 'ALTER TABLE',
  AlterTSConfigurationStmt: 'ALTER TEXT SEARCH CONFIGURATION',
  AlterTSDictionaryStmt: 'ALTER TEXT SEARCH DICTIONARY',
};

/** What stands behind the verb, where the node leaves it to a field. */
const BY_OBJECT: Readonly<Record<string, readonly [verb: string, field: string]>> = {
  DropStmt: ['DROP', 'removeType'],
  DefineStmt: ['CREATE', 'kind'],
  AlterTableStmt: ['ALTER', 'objtype'],
  AlterFunctionStmt: ['ALTER', 'objtype'],
  AlterOwnerStmt: ['ALTER', 'objectType'],
  AlterObjectSchemaStmt: ['ALTER', 'objectType'],
  AlterObjectDependsStmt: ['ALTER', 'objectType'],
};

/** Kinds of objects whose name in a tag is not their name in the parser. */
const OBJECTS: Readonly<Record<string, string>> = {
  MATVIEW: 'MATERIALIZED VIEW',
  FDW: 'FOREIGN DATA WRAPPER',
  FOREIGN_SERVER: 'SERVER',
  OPCLASS: 'OPERATOR CLASS',
  OPFAMILY: 'OPERATOR FAMILY',
  STATISTIC_EXT: 'STATISTICS',
  TSCONFIGURATION: 'TEXT SEARCH CONFIGURATION',
  TSDICTIONARY: 'TEXT SEARCH DICTIONARY',
  TSPARSER: 'TEXT SEARCH PARSER',
  TSTEMPLATE: 'TEXT SEARCH TEMPLATE',
  TABCONSTRAINT: 'TABLE',
  DOMCONSTRAINT: 'DOMAIN',
  ATTRIBUTE: 'TYPE',
  COLUMN: 'TABLE',
};

/** The tag of a statement that writes; null where it is none. */
export function commandTag(type: string, body: Struct): string | null {
  if (type === 'CreateTableAsStmt') {
    if (structOf(body['into'])?.['is_select_into'] === true || body['is_select_into'] === true) return 'SELECT INTO';
    return body['objtype'] === 'OBJECT_MATVIEW' ? 'CREATE MATERIALIZED VIEW' : 'CREATE TABLE AS';
  }
  if (type === 'VacuumStmt') return body['is_vacuumcmd'] === true ? 'VACUUM' : 'ANALYZE';
  if (type === 'GrantStmt') return body['is_grant'] === true ? 'GRANT' : 'REVOKE';
  if (type === 'GrantRoleStmt') return body['is_grant'] === true ? 'GRANT ROLE' : 'REVOKE ROLE';
  if (type === 'CreateFunctionStmt') return body['is_procedure'] === true ? 'CREATE PROCEDURE' : 'CREATE FUNCTION';
  // RENAME of a column or constraint is told as what happens to the table.
  if (type === 'RenameStmt') return `ALTER ${objectName(body['relationType'], body['renameType'])}`;
  const byObject = BY_OBJECT[type];
  if (byObject !== undefined) return `${byObject[0]} ${objectName(body[byObject[1]])}`;
  return TAGS[type] ?? null;
}

function objectName(kind: unknown, other: unknown = kind): string {
  const isOfTable = ['OBJECT_COLUMN', 'OBJECT_ATTRIBUTE'].includes(textOf(other));
  const name = textOf(isOfTable ? kind : other).replace(/^OBJECT_/, '');
  return OBJECTS[name] ?? name.replaceAll('_', ' ');
}
