-- Arborist: who may do what on which resource.
CREATE TABLE resource (
    id serial PRIMARY KEY,
    name text NOT NULL,
    description text,
    path text UNIQUE NOT NULL
);
CREATE TABLE role (id serial PRIMARY KEY, name text UNIQUE NOT NULL, description text);
CREATE TABLE permission (
    role_id integer REFERENCES role ON DELETE CASCADE,
    name text NOT NULL,
    service text NOT NULL,
    method text NOT NULL,
    constraints jsonb DEFAULT '{}',
    PRIMARY KEY (role_id, name)
);
CREATE TABLE policy (id serial PRIMARY KEY, name text UNIQUE NOT NULL, description text);
CREATE TABLE policy_role (
    policy_id integer REFERENCES policy ON DELETE CASCADE,
    role_id integer REFERENCES role ON DELETE CASCADE,
    PRIMARY KEY (policy_id, role_id)
);
CREATE TABLE policy_resource (
    policy_id integer REFERENCES policy ON DELETE CASCADE,
    resource_id integer REFERENCES resource ON DELETE CASCADE,
    PRIMARY KEY (policy_id, resource_id)
);
CREATE TABLE usr (id serial PRIMARY KEY, name text UNIQUE NOT NULL, email text);
CREATE TABLE grp (id serial PRIMARY KEY, name text UNIQUE NOT NULL);
CREATE TABLE usr_grp (
    usr_id integer REFERENCES usr ON DELETE CASCADE,
    grp_id integer REFERENCES grp ON DELETE CASCADE,
    expires_at timestamptz,
    PRIMARY KEY (usr_id, grp_id)
);
CREATE TABLE grp_policy (
    grp_id integer REFERENCES grp ON DELETE CASCADE,
    policy_id integer REFERENCES policy ON DELETE CASCADE,
    PRIMARY KEY (grp_id, policy_id)
);
CREATE TABLE client (id serial PRIMARY KEY, external_client_id text UNIQUE NOT NULL);
CREATE TABLE client_policy (
    client_id integer REFERENCES client ON DELETE CASCADE,
    policy_id integer REFERENCES policy ON DELETE CASCADE,
    PRIMARY KEY (client_id, policy_id)
);
CREATE TABLE usr_policy (
    usr_id integer REFERENCES usr ON DELETE CASCADE,
    policy_id integer REFERENCES policy ON DELETE CASCADE,
    authz_provider text,
    PRIMARY KEY (usr_id, policy_id)
);

INSERT INTO resource (name, description, path)
SELECT 'project-' || i, 'Data of project ' || i, format('/programs/program-%s/projects/project-%s', i % 7, i)
FROM generate_series(1, 150) i;
INSERT INTO role (name, description)
VALUES ('reader', 'Read'), ('creator', 'Create'), ('updater', 'Update'), ('deleter', 'Delete'), ('storage', 'Upload');
INSERT INTO permission (role_id, name, service, method, constraints)
SELECT role.id, format('%s-%s', role.name, service), service, role.name, jsonb_build_object('level', role.id)
FROM role, unnest(ARRAY['fence', 'indexd', 'peregrine', 'sheepdog']) service;
INSERT INTO policy (name, description)
SELECT 'programs.project-' || i, 'Everything of project ' || i FROM generate_series(1, 150) i;
INSERT INTO policy_role SELECT i, 1 + i % 5 FROM generate_series(1, 150) i;
INSERT INTO policy_resource SELECT i, i FROM generate_series(1, 150) i;
INSERT INTO usr (name, email)
SELECT 'user' || i, format('user%s@example.org', i)
FROM generate_series(1, 400 * current_setting('demo.scale')::int) i;
INSERT INTO grp (name) SELECT 'lab-' || i FROM generate_series(1, 20) i;
INSERT INTO usr_grp
SELECT i, 1 + i % 20, CASE WHEN i % 9 = 0 THEN timestamptz '2027-01-01' + i * interval '1 day' END
FROM generate_series(1, 400 * current_setting('demo.scale')::int) i;
INSERT INTO grp_policy SELECT i, 1 + i * 7 % 150 FROM generate_series(1, 20) i;
INSERT INTO client (external_client_id) SELECT md5('client' || i) FROM generate_series(1, 12) i;
INSERT INTO client_policy SELECT i, 1 + i * 11 % 150 FROM generate_series(1, 12) i;
INSERT INTO usr_policy
SELECT i, 1 + (i * 7 + k * 31) % 150, 'google'
FROM generate_series(1, 400 * current_setting('demo.scale')::int) i, generate_series(0, 1) k;

CREATE VIEW user_access AS
SELECT usr.name AS username, resource.path, role.name AS role
FROM usr
JOIN usr_policy ON usr_policy.usr_id = usr.id
JOIN policy_resource USING (policy_id)
JOIN resource ON resource.id = policy_resource.resource_id
JOIN policy_role USING (policy_id)
JOIN role ON role.id = policy_role.role_id;
CREATE INDEX resource_name_idx ON resource (lower(name));
